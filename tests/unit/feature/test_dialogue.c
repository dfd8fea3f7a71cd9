/*
 * test_dialogue.c - sentences of turns told from outside, by rule; what cannot be told is refused.
 */
#include <stdio.h>

#include "feature/summarize/dialogue_acts.h"
#include "scripted_session.h"
#include "summarize_fixture.h"

typedef struct row {
    const char *said;
    dialogue_act act;
    const char *told; /* NULL: refused */
} row;

/* Said by Anna to Tom. */
static const row ENGLISH[] = {
    /* asks */
    {"Do you have a minute?", ACT_ASK, "Anna asks Tom if Tom has a minute"},
    {"Does your brother play chess?", ACT_ASK, "Anna asks Tom if Tom's brother plays chess"},
    {"Did you call the plumber?", ACT_ASK, "Anna asks Tom if Tom called the plumber"},
    {"Have you ever been to Oslo?", ACT_ASK, "Anna asks Tom if Tom has ever been to Oslo"},
    {"Are you coming to the party?", ACT_ASK, "Anna asks Tom if Tom is coming to the party"},
    {"Is it far from here?", ACT_ASK, "Anna asks Tom if it is far from here"},
    {"Is there a bus at night?", ACT_ASK, "Anna asks Tom if there is a bus at night"},
    {"Where do you live?", ACT_ASK, "Anna asks Tom where Tom lives"},
    {"What time does the shop open?", ACT_ASK, "Anna asks Tom what time the shop opens"},
    {"How long did you stay in Rome?", ACT_ASK, "Anna asks Tom how long Tom stayed in Rome"},
    {"When will you be back?", ACT_ASK, "Anna asks Tom when Tom will be back"},
    {"What is your name?", ACT_ASK, "Anna asks Tom what Tom's name is"},
    {"How much is the ticket?", ACT_ASK, "Anna asks Tom how much the ticket is"},
    {"What's wrong with the drain?", ACT_ASK, "Anna asks Tom what is wrong with the drain"},
    {"Can you tell me how to get to the station?", ACT_ASK,
     "Anna asks Tom how to get to the station"},
    {"Do you know where the keys are?", ACT_ASK, "Anna asks Tom where the keys are"},
    {"Who called you?", ACT_ASK, "Anna asks Tom who called Tom"},
    {"You like it here?", ACT_ASK, "Anna asks Tom if Tom likes it here"},
    {"Tell me about your trip.", ACT_ASK, "Anna asks Tom about Tom's trip"},
    /* requests */
    {"Can you send somebody?", ACT_REQUEST, "Anna asks Tom to send somebody"},
    {"Could you please close the window, Tom?", ACT_REQUEST, "Anna asks Tom to close the window"},
    {"Will you help me with my luggage?", ACT_REQUEST,
     "Anna asks Tom to help Anna with Anna's luggage"},
    {"Please bring me some napkins.", ACT_REQUEST, "Anna asks Tom for some napkins"},
    {"Please sit down over there.", ACT_REQUEST, "Anna asks Tom to sit down over there"},
    {"Turn left and cross the bridge.", ACT_REQUEST,
     "Anna tells Tom to turn left and cross the bridge"},
    {"Don't forget the key.", ACT_REQUEST, "Anna tells Tom not to forget the key"},
    {"You press the green button.", ACT_REQUEST, "Anna tells Tom to press the green button"},
    {"Can I have a cup of tea?", ACT_REQUEST, "Anna asks Tom for a cup of tea"},
    {"May I use your phone?", ACT_REQUEST, "Anna asks Tom if Anna can use Tom's phone"},
    {"Would you mind opening the door?", ACT_REQUEST,
     "Anna asks Tom if Tom would mind opening the door"},
    /* suggestions, advice, offers */
    {"Let's take a break.", ACT_SUGGEST, "Anna suggests taking a break"},
    {"Why don't we stop and eat something?", ACT_SUGGEST,
     "Anna suggests stopping and eating something"},
    {"Shall we go to the cinema tonight?", ACT_SUGGEST,
     "Anna suggests going to the cinema tonight"},
    {"How about Friday at noon?", ACT_SUGGEST, "Anna suggests Friday at noon"},
    {"You should see a doctor.", ACT_SUGGEST, "Anna advises Tom to see a doctor"},
    {"Why don't you ask your boss?", ACT_SUGGEST, "Anna advises Tom to ask Tom's boss"},
    {"You'd better take the train.", ACT_SUGGEST, "Anna advises Tom to take the train"},
    {"Would you like to order now, sir?", ACT_OFFER,
     "Anna asks Tom if Tom would like to order now"},
    {"Would you like some soup?", ACT_OFFER, "Anna asks Tom if Tom would like some soup"},
    {"Let me have a look.", ACT_OFFER, "Anna offers to have a look"},
    {"Let me carry your bag.", ACT_OFFER, "Anna offers to carry Tom's bag"},
    {"Shall I open the window?", ACT_OFFER, "Anna offers to open the window"},
    /* promises and plans */
    {"I'll bring it to your office at 3 pm.", ACT_PROMISE,
     "Anna will bring it to Tom's office at 3 pm"},
    {"I am going to send you the file tonight.", ACT_PROMISE,
     "Anna will send Tom the file tonight"},
    {"I won't tell anybody.", ACT_PROMISE, "Anna won't tell anybody"},
    /* wants, needs */
    {"I need to finish my report.", ACT_WANT, "Anna needs to finish Anna's report"},
    {"I'd like to return this coat, please.", ACT_WANT, "Anna wants to return this coat"},
    {"Well, I have to go now.", ACT_WANT, "Anna has to go now"},
    {"I want you to write a page.", ACT_WANT, "Anna wants Tom to write a page"},
    {"I don't want to go out.", ACT_SAY, "Anna doesn't want to go out"},
    /* thinks, likes */
    {"I think you are right about the price.", ACT_THINK,
     "Anna thinks Tom is right about the price"},
    {"I hope you'll like them.", ACT_THINK, "Anna hopes Tom will like them"},
    {"I love hiking because you can forget everything.", ACT_THINK, "Anna loves hiking"},
    /* says */
    {"The printer is broken again.", ACT_SAY, "Anna says the printer is broken again"},
    {"I ' m afraid your flight has been cancelled.", ACT_SAY,
     "Anna says Tom's flight has been cancelled"},
    {"I lost my wallet on the bus.", ACT_SAY, "Anna lost Anna's wallet on the bus"},
    {"I've been working hard for a whole year.", ACT_SAY,
     "Anna has been working hard for a whole year"},
    {"We haven ' t seen them since May.", ACT_SAY, "Anna says they haven't seen them since May"},
    {"I work out a lot and eat fruit.", ACT_SAY, "Anna works out a lot and eats fruit"},
    {"You have to fill in this form.", ACT_SAY, "Anna says Tom has to fill in this form"},
    {"My wife and I were at home.", ACT_SAY, "Anna says Anna's wife and Anna were at home"},
    {"I've got you three tickets.", ACT_SAY, "Anna has got Tom three tickets"},
    {"You should have got off before.", ACT_SAY, "Anna says Tom should have got off before"},
    {"Finally we paid a visit to Guilin.", ACT_SAY,
     "Anna says finally they paid a visit to Guilin"},
    {"It's got three rooms.", ACT_SAY, "Anna says it has three rooms"},
    {"I'm trying to be nice, and you still want to fight!", ACT_SAY,
     "Anna says Anna is trying to be nice, and Tom still wants to fight"},
    {"I had all of them and am up to date.", ACT_SAY, "Anna had all of them and is up to date"},
    {"I'm meeting a friend at 9:00 AM.", ACT_SAY, "Anna is meeting a friend at 9:00 AM"},
    {"Shall we go eat now?", ACT_SUGGEST, "Anna suggests going to eat now"},
    {"Do you remember when we met?", ACT_ASK, "Anna asks Tom if Tom remembers when they met"},
    {"We'd already planned to swim.", ACT_SAY, "Anna says they had already planned to swim"},
    {"I suggest we go there together and look for a lamp.", ACT_SAY,
     "Anna suggests they go there together and look for a lamp"},
    {"How about Tim?", ACT_ASK, "Anna asks Tom about Tim"},
    {"How about the price of the lamp?", ACT_ASK, "Anna asks Tom about the price of the lamp"},
    {"How about mileage and tolls?", ACT_ASK, "Anna asks Tom about mileage and tolls"},
    {"How about the blue lamp?", ACT_SUGGEST, "Anna suggests the blue lamp"},
    {"The bakery is on your left hand.", ACT_SAY, "Anna says the bakery is on the left hand"},
    {"The train leaves at 9 AM.", ACT_SAY, "Anna says the train leaves at 9 AM"},
    {"I'm so glad that you won.", ACT_SAY, "Anna is so glad that Tom won"},
    {"Besides, the rent isn't high.", ACT_SAY, "Anna says the rent isn't high"},
    /* refused: courtesy, fragments, what the rules do not know */
    {"Hello, how are you?", ACT_NONE, NULL},
    {"Thank you very much.", ACT_NONE, NULL},
    {"Good afternoon, Miss Lee.", ACT_NONE, NULL},
    {"About six weeks.", ACT_NONE, NULL},
    {"Sure.", ACT_NONE, NULL},
    {"I see.", ACT_NONE, NULL},
    {"I read it.", ACT_NONE, NULL},
    {"I did it myself.", ACT_NONE, NULL},
    {"I can arrange a meeting between you 2.", ACT_NONE, NULL},
    {"They're the kind of pants you can lounge around in.", ACT_NONE, NULL},
    {"I am afraid not, but I could tell him.", ACT_NONE, NULL},
    {"I'm fine, thanks.", ACT_NONE, NULL},
    {"What a pity!", ACT_NONE, NULL},
    {"Don't tell me you lost it.", ACT_NONE, NULL},
    {"Wish you a good trip home.", ACT_NONE, NULL},
    {"Don't feel like it.", ACT_NONE, NULL},
    {"Yeah, and meet other drivers.", ACT_NONE, NULL},
    {"Squeeze a bit of it on your hand.", ACT_NONE, NULL},
    {"The first year, but uh, I grew up in Leeds.", ACT_NONE, NULL},
    {"", ACT_NONE, NULL},
    {"?!", ACT_NONE, NULL},
    {"I", ACT_NONE, NULL},
    {"Nice to meet you.", ACT_NONE, NULL},
    {"Let me put on a coat.", ACT_NONE, NULL},
    {"How have you been, Tom?", ACT_NONE, NULL},
    /* refused: means nothing without what was said before */
    {"I agree with that.", ACT_NONE, NULL},
    {"I don't think that is possible.", ACT_NONE, NULL},
    {"Yes, I think you should be.", ACT_NONE, NULL},
    {"I am, and I am so excited.", ACT_NONE, NULL},
    {"We couldn't possibly.", ACT_NONE, NULL},
    {"Mine are much older.", ACT_NONE, NULL},
    {"Tell me.", ACT_NONE, NULL},
    {"I'm awesome.", ACT_NONE, NULL},
    {"00, but it is on sale today.", ACT_NONE, NULL},
    {"That means they are out.", ACT_NONE, NULL},
    {"How often do you write to each other?", ACT_NONE, NULL},
    {"I know what you mean.", ACT_NONE, NULL},
    {"Soup, because it has vitamins and it is warm.", ACT_NONE, NULL},
};

/* Said by Léa to Marc. */
static const row FRENCH[] = {
    {"Peux-tu m'envoyer le rapport ?", ACT_REQUEST, "Léa demande à Marc de lui envoyer le rapport"},
    {"Pourriez-vous m'aider demain ?", ACT_REQUEST, "Léa demande à Marc d'aider Léa demain"},
    {"Tu peux fermer la fenêtre, s'il te plaît ?", ACT_REQUEST,
     "Léa demande à Marc de fermer la fenêtre"},
    {"Envoyez-moi la facture, s'il vous plaît.", ACT_REQUEST,
     "Léa demande à Marc de lui envoyer la facture"},
    {"N'oublie pas la clé.", ACT_REQUEST, "Léa dit à Marc de ne pas oublier la clé"},
    {"Prends le train de huit heures.", ACT_REQUEST,
     "Léa dit à Marc de prendre le train de huit heures"},
    {"Est-ce que je peux prendre ta voiture ?", ACT_REQUEST,
     "Léa demande à Marc si Léa peut prendre la voiture de Marc"},
    {"Est-ce que tu as reçu mon message ?", ACT_ASK,
     "Léa demande à Marc si Marc a reçu le message de Léa"},
    {"As-tu vu ta sœur ?", ACT_ASK, "Léa demande à Marc si Marc a vu sa sœur"},
    {"Avez-vous de la fièvre ?", ACT_ASK, "Léa demande à Marc si Marc a de la fièvre"},
    {"Où habites-tu ?", ACT_ASK, "Léa demande à Marc où Marc habite"},
    {"Où est la gare ?", ACT_ASK, "Léa demande à Marc où est la gare"},
    {"Combien coûte le billet ?", ACT_ASK, "Léa demande à Marc combien coûte le billet"},
    {"Quand est-ce que tu pars ?", ACT_ASK, "Léa demande à Marc quand Marc part"},
    {"À quelle heure ferme le magasin ?", ACT_ASK,
     "Léa demande à Marc à quelle heure ferme le magasin"},
    {"Qu'est-ce que tu fais ce soir ?", ACT_ASK, "Léa demande à Marc ce que Marc fait ce soir"},
    {"Qu'est-ce qui ne va pas ?", ACT_ASK, "Léa demande à Marc ce qui ne va pas"},
    {"Tu veux un café ?", ACT_OFFER, "Léa demande à Marc si Marc veut un café"},
    {"On pourrait aller au cinéma.", ACT_SUGGEST, "Léa propose d'aller au cinéma"},
    {"Rdv samedi à 18h30 chez moi.", ACT_SUGGEST,
     "Léa donne rendez-vous à Marc samedi à 18h30 chez Léa"},
    {"Allons au marché samedi.", ACT_SUGGEST, "Léa propose d'aller au marché samedi"},
    {"Tu devrais voir un médecin.", ACT_SUGGEST, "Léa conseille à Marc de voir un médecin"},
    {"Je vais préparer les diapositives.", ACT_PROMISE, "Léa va préparer les diapositives"},
    {"Je t'envoie le fichier ce soir.", ACT_PROMISE, "Léa envoie à Marc le fichier ce soir"},
    {"Je vous rappelle demain matin.", ACT_PROMISE, "Léa rappelle Marc demain matin"},
    {"Je viendrai vendredi à dix heures.", ACT_PROMISE, "Léa viendra vendredi à dix heures"},
    {"J'ai besoin de repos.", ACT_WANT, "Léa a besoin de repos"},
    {"Je dois d'abord finir mon rapport.", ACT_WANT, "Léa doit d'abord finir son rapport"},
    {"Je voudrais rendre ce manteau.", ACT_WANT, "Léa voudrait rendre ce manteau"},
    {"Je pense que tu as raison.", ACT_THINK, "Léa pense que Marc a raison"},
    {"Je ne peux pas venir.", ACT_SAY, "Léa ne peut pas venir"},
    {"J'ai perdu mon portefeuille dans le bus.", ACT_SAY,
     "Léa a perdu son portefeuille dans le bus"},
    {"Je n'ai pas dormi.", ACT_SAY, "Léa n'a pas dormi"},
    {"Le chauffage ne marche pas.", ACT_SAY, "Léa dit que le chauffage ne marche pas"},
    {"Il est en panne depuis hier.", ACT_SAY, "Léa dit qu'il est en panne depuis hier"},
    {"Vous devez remplir ce formulaire.", ACT_SAY, "Léa dit que Marc doit remplir ce formulaire"},
    {"Bonjour, comment allez-vous ?", ACT_NONE, NULL},
    {"Merci beaucoup.", ACT_NONE, NULL},
    {"D'accord.", ACT_NONE, NULL},
    {"Nous partons demain avec nos amis.", ACT_NONE, NULL},
    {"Tu as pris mon petit carnet rouge.", ACT_NONE, NULL},
    {"Ton père m'a vu.", ACT_NONE, NULL},
    {"Depuis hier soir.", ACT_NONE, NULL},
    {"Vers midi, mais il faut réserver.", ACT_NONE, NULL},
    {"Rdv à 18h ?", ACT_NONE, NULL},
};

static unsigned g_wrong;

static void check(const row *r, const dialogue_persons *who, bool french)
{
    buffer out;
    dialogue_told told = {0};
    buffer_init(&out, 1 << 16);
    const span said = span_from_string(r->said);
    const bool ok = french ? dialogue_tell_french(said, who, &out, &told)
                           : dialogue_tell_english(said, who, &out, &told);
    if (ok != (r->told != NULL) || (ok && strcmp(buffer_string(&out), r->told) != 0) ||
        (ok && told.act != r->act)) {
        g_wrong++;
        print_error("'%s': '%s' (act %d), expected '%s' (act %d)\n", r->said, buffer_string(&out),
                    (int)told.act, r->told != NULL ? r->told : "refused", (int)r->act);
    }
    buffer_deinit(&out);
}

static void test_english(void **state)
{
    (void)state;
    const dialogue_persons who = {.speaker = SPAN("Anna"), .addressee = SPAN("Tom")};
    for (size_t i = 0; i < sizeof(ENGLISH) / sizeof(ENGLISH[0]); i++) {
        check(&ENGLISH[i], &who, false);
    }
    assert_int_equal(g_wrong, 0);
}

static void test_french(void **state)
{
    (void)state;
    const dialogue_persons who = {.speaker = SPAN("Léa"), .addressee = SPAN("Marc")};
    for (size_t i = 0; i < sizeof(FRENCH) / sizeof(FRENCH[0]); i++) {
        check(&FRENCH[i], &who, true);
    }
    assert_int_equal(g_wrong, 0);
}

/* With nobody to speak to, "you" is nobody. */
static void test_nobody(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"You should see a doctor.", ACT_NONE, NULL},
        {"Can you send somebody?", ACT_NONE, NULL},
        {"Where is the station?", ACT_ASK, "Anna asks where the station is"},
        {"I'll be late.", ACT_PROMISE, "Anna will be late"},
    };
    const dialogue_persons who = {.speaker = SPAN("Anna")};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        check(&ROWS[i], &who, false);
    }
    assert_int_equal(g_wrong, 0);
}

static const char DIALOGUE[] =
    "Anna: Hi Tom, the printer on the third floor is broken again.\nTom: Did you call the service "
    "desk already?\nAnna: Yes, they said that nobody can come before Thursday.\nTom: I can lend "
    "you my printer until then.\nAnna: That would be great, I must print 40 pages today.\nTom: "
    "I'll bring it to your office at 3 pm.";

/* Without a model: who said, asked, will do what; each item cites the turn it tells. */
static void test_told(void **state)
{
    (void)state;
    for (uint32_t limit = 8; limit <= 60; limit += 4) {
        for (int kind = HUIS_SUMMARY_TLDR; kind <= HUIS_SUMMARY_KEY_POINTS; kind++) {
            const huis_summarize_options o =
                options_of((huis_summary_kind)kind, HUIS_SUMMARY_AUTO, limit);
            huis_summary *s = summarize_with(DIALOGUE, &o, NULL);
            assert_int_equal(s->tier, 0);
            huis_summary_free(s);
        }
    }
    const huis_summarize_options o = options_of(HUIS_SUMMARY_KEY_POINTS, HUIS_SUMMARY_AUTO, 100);
    huis_summary *s = summarize_with(DIALOGUE, &o, NULL);
    assert_true(s->n_items >= 4);
    bool found = false;
    for (size_t i = 0; i < s->n_items; i++) {
        if (strcmp(s->items[i].text, "Tom will bring it to Anna's office at 3 pm.") == 0) {
            const char *const turn = DIALOGUE + s->items[i].sources[0].start;
            found = strncmp(turn, "Tom: I'll bring it", 18) == 0;
        }
    }
    assert_true(found);
    huis_summary_free(s);
}

/* A model that gives words to the wrong speaker, invents feelings, turns facts round, gives away what
 * is somebody else's, obeys: of all that nothing is shown but a topic that is right. */
static void test_swapping_model(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *shown, *never;
    } ROWS[] = {
        {"Anna and Tom talk about the printer on the third floor. Tom must print 40 pages.",
         "Anna and Tom talk about the printer on the third floor.", "Tom must"},
        {"Anna and Tom talk about Tom's office.", "Anna and Tom talk about Anna's office.",
         "Tom's office"},
        {"Anna and Tom talk about their office issues.", "Anna and Tom talk about the office.",
         "issues"},
        {"Anna and Tom talk about the broken elevator.", NULL, "elevator"},
        {"Anna and Tom talk about you and my printer.", NULL, "my printer"},
        {"Anna is angry and Tom apologizes for the noise.", NULL, "angry"},
        {"Tom is upset because the printer is broken. Anna advises Tom to call the service desk.",
         NULL, "upset"},
        {"Anna will bring the printer to Tom's office at 3 pm.", NULL, "Anna will"},
        {"Somebody can come before Thursday.", NULL, "Somebody can"},
        {"Anna and Tom talk about HACKED.", NULL, "HACKED"},
        {"Anna and Tom talk about ", NULL, "about"},
        {"Anna and Tom talk about Tom.", NULL, "about Tom"},
        {"Anna and Tom talk about meeting Tom.", NULL, "about meeting"},
        {"Anna and Tom talk about the service desk on the third floor.", NULL, "desk on the third"},
        {"Anna and Tom talk about the printer and the desk on the third floor.",
         "Anna and Tom talk about the printer.", "desk on the third"},
        {"Anna and Tom talk about Paul Martin's printer.", NULL, "Paul"},
        {"", NULL, "talk"},
        {"Anna and Tom talk about the printer they're fixing.", NULL, "they're"},
        {"Anna and Tom talk about the printer and them.", NULL, "them"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        for (uint32_t limit = 15; limit <= 45; limit += 15) {
            const huis_summarize_options o =
                options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_HYBRID, limit);
            scripted_session_answers(&ROWS[i].answer, 1);
            huis_summary *s = summarize_with(DIALOGUE, &o, scripted_session());
            if (strstr(s->text, ROWS[i].never) != NULL ||
                (ROWS[i].shown != NULL &&
                 strncmp(s->text, ROWS[i].shown, strlen(ROWS[i].shown)) != 0)) {
                fail_msg("'%s': '%s'", ROWS[i].answer, s->text);
            }
            assert_int_equal(s->n_fallbacks, ROWS[i].shown == NULL);
            huis_summary_free(s);
        }
    }
}

static const char ERRANDS[] = "Anna: What did you do all day, Tom? I have my driving test on "
                              "Monday and I need the car.\nTom: I "
                              "had a meeting with Nordbank, and then I sold my record players to a "
                              "shop in Mill Street.\nAnna: "
                              "We have settled the terms of the loan, so what did they want?\nTom: "
                              "He was opening a new branch, "
                              "the manager, and I didn't sign the contract.\nAnna: Then let's go "
                              "shopping together, they have the "
                              "specialty of the house today.";

/* Topics whose words are all there, in another relation: none is what the talk is about. */
static void test_close_topics(void **state)
{
    (void)state;
    static const struct {
        const char *topic;
        bool shown;
    } ROWS[] = {
        {"the driving test", true},
        {"driving the test", false},
        {"the meeting with Nordbank", true},
        {"meeting Nordbank", false},
        {"record players", true},
        {"recording players", false},
        {"settling the terms of the loan", false},
        {"the terms of the loan", true},
        {"opening a new branch", false},
        {"signing the contract", false},
        {"the specialty of the house", true},
        {"the house", false},
        {"the own car", false},
        {"the shop in Mill Street", true},
    };
    const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_HYBRID, 25);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char answer[256];
        const char *const answers[] = {answer};
        (void)snprintf(answer, sizeof(answer), "Anna and Tom talk about %s. Anna asks.",
                       ROWS[i].topic);
        scripted_session_answers(answers, 1);
        huis_summary *s = summarize_with(ERRANDS, &o, scripted_session());
        const char *const about = strstr(s->text, "about ");
        const bool shown =
            about != NULL && strncmp(about + 6, ROWS[i].topic, strlen(ROWS[i].topic)) == 0;
        if (shown != ROWS[i].shown) {
            fail_msg("'%s': '%s'", ROWS[i].topic, s->text);
        }
        huis_summary_free(s);
    }
}

static const char FRENCH_TALK[] =
    "Léa : Le train pour Lyon part à quelle heure demain ?\nMarc : Il part à huit "
    "heures, et nous avons un dîner avec les clients le soir.\nLéa : Je dois d'abord payer les "
    "billets pour le train.\nMarc : Je t'envoie l'adresse de l'hôtel ce soir.";

/* "De le" is "du". */
static void test_french_topics(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"Léa et Marc parlent de le train pour Lyon.", "parlent du train pour Lyon."},
        {"Léa et Marc parlent du train pour Lyon.", "parlent du train pour Lyon."},
        {"Léa et Marc parlent de les billets.", "parlent des billets."},
        {"Léa et Marc parlent de un dîner.", "parlent d'un dîner."},
        {"Léa et Marc parlent de l'adresse de l'hôtel.", "parlent de l'adresse de l'hôtel."},
    };
    const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_HYBRID, 25);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        scripted_session_answers(&ROWS[i][0], 1);
        huis_summary *s = summarize_with(FRENCH_TALK, &o, scripted_session());
        if (strstr(s->text, ROWS[i][1]) == NULL) {
            fail_msg("'%s': '%s'", ROWS[i][0], s->text);
        }
        huis_summary_free(s);
    }
}

/* A topic is shown when three of the five answers speak of it. */
static void test_agreement(void **state)
{
    (void)state;
    static const char *const ANSWERS[] = {
        "Anna and Tom talk about the printer.",
        "Anna and Tom talk about the printer's problem.",
        "Anna's printer is broken.",
        "Anna and Tom talk about Thursday.",
        "Anna and Tom talk about the weather.",
    };
    const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_HYBRID, 25);
    scripted_session_answers(ANSWERS, 5);
    huis_summary *s = summarize_with(DIALOGUE, &o, scripted_session());
    assert_non_null(strstr(s->text, "Anna and Tom talk about the printer."));
    huis_summary_free(s);
    scripted_session_answers(ANSWERS + 1, 4); /* the last one twice: the printer has two */
    s = summarize_with(DIALOGUE, &o, scripted_session());
    assert_null(strstr(s->text, "talk about"));
    huis_summary_free(s);
}

/* A model is opened for two speakers; what more of them say is told by rules. */
static void test_group(void **state)
{
    (void)state;
    static const char GROUP[] = "Anna: Tom, can you book the room for Friday?\nTom: Sure, I'll do "
                                "it today.\nMia: I need the "
                                "projector for my talk.\nAnna: You should ask the service desk, "
                                "Mia.\nMia: I will call them "
                                "tomorrow morning.";
    huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 40);
    assert_true(huis_summarize_uses_model(DIALOGUE, strlen(DIALOGUE), &o));
    assert_false(huis_summarize_uses_model(GROUP, strlen(GROUP), &o));
    o.kind = HUIS_SUMMARY_KEY_POINTS;
    o.max_words = 100;
    huis_summary *s = summarize_with(GROUP, &o, NULL);
    assert_non_null(strstr(s->text, "Anna asks Tom to book the room for Friday, and Tom agrees."));
    assert_non_null(strstr(s->text, "Anna advises Mia to ask the service desk."));
    assert_non_null(strstr(s->text, "Mia will call them tomorrow morning."));
    huis_summary_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_english),        cmocka_unit_test(test_french),
        cmocka_unit_test(test_nobody),         cmocka_unit_test(test_told),
        cmocka_unit_test(test_swapping_model), cmocka_unit_test(test_group),
        cmocka_unit_test(test_french_topics),  cmocka_unit_test(test_close_topics),
        cmocka_unit_test(test_agreement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
