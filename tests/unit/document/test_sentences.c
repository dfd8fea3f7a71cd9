/*
 * test_sentences.c - where sentences end, case by case. "|" stands where one ends and the next
 * starts; white space around it belongs to none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "document/document.h"
#include "document/document_parts.h"

static const char *const FRENCH[] = {
    "Il pleut.| Nous restons.",
    "M. Martin est arrivé.| Il a faim.",
    "MM. Durand et Petit sont venus.| Ils repartent.",
    "Mme Durand parle à Mlle. Petit.| Elles rient.",
    "Le Dr. Blanc opère demain.| Le Pr. Noir l'assiste.",
    "Me Lefort plaide.| Le juge écoute.",
    "Mgr. Dubois bénit la foule.| Elle chante.",
    "Il est né en 44 av. J.-C. à Rome.| Il y est mort.",
    "En 44 av. J.-C. César mourut.| Octave lui succéda.",
    "Cela date de 50 apr. J.-C.| Les Romains régnaient.",
    "J.-P. Dupont et J.-F. Copé débattent.| Personne ne gagne.",
    "A. Camus a écrit L'Étranger.| Le livre est court.",
    "Voir p. 12 et p. 14.| La suite est en annexe.",
    "Voir pp. 12-14.| Tout y est.",
    "Cf. le chap. 3 du livre.| Il est clair.",
    "Des fruits, p. ex. des pommes.| Des légumes aussi.",
    "On mange des pommes, p. ex. Golden ou Gala.| C'est bon.",
    "L'art. 5 du code civil s'applique.| L'art. 6 aussi.",
    "Des chats, des chiens, etc. sont admis.| Les loups non.",
    "Des chats, des chiens, etc.| Les loups sont interdits.",
    "Il coûte env. 300 euros.| C'est cher.",
    "Il mesure 1,85 m et pèse 80 kg.| Il est grand.",
    "La population est de 12.500 habitants.| Elle croît.",
    "Le taux passe à 3.5 % en mai.| Il baissera.",
    "Le 1er mai est férié.| Le 2 ne l'est pas.",
    "Le 14 juil. 1789 est une date.| On la fête.",
    "Né le 3 janv. 1990, il est jeune.| Il étudie.",
    "Rendez-vous à 10 h. 30 au siège.| Venez tôt.",
    "« Nous partons », dit-il.| Elle reste.",
    "« Nous partons. » a-t-il dit.| Elle reste.",
    "« Partez ! » cria-t-elle.| Personne ne bougea.",
    "« Quoi ? » demanda Paul.| Marie se tut.",
    "« Je pars. »| Il sortit.",
    "« Je pars.| Il reste. »| Elle rit.",
    "Il a dit : « Je viens demain. »| Puis il partit.",
    "Il demanda : « Viens-tu ? »| Elle fit non.",
    "Vraiment ?| Oui.",
    "Vraiment ?!| Oui !",
    "Quoi ? !| Non.",
    "Attention !| Le sol glisse.",
    "Il hésite... puis il part.| Fin.",
    "Il hésite…| Puis il part.",
    "Il hésite… puis il part.| Fin.",
    "Et après...| Rien.",
    "(Il est parti.)| Elle est restée.",
    "Il est parti (sans un mot ?) hier.| Elle est restée.",
    "Le maire (M. Petit) a voté (voir p. 3.).| Le préfet non.",
    "Le texte [cf. note 3.] est clair.| Lisez-le.",
    "Il habite au no. 5 de la rue.| C'est petit.",
    "Appelez le tél. 01 23 45 67 89.| Merci.",
    "La S.N.C.F. annonce des retards.| Les trains attendent.",
    "Il travaille à la S.N.C.F.| Elle aussi.",
    "Le site www.exemple.fr est en panne.| Revenez demain.",
    "Écrivez à jean.petit@exemple.fr.| Il répondra.",
    "Voir https://exemple.fr/page.html?x=1.| Tout y est.",
    "Le fichier lisez-moi.txt est là.| Ouvrez-le.",
    "La version 2.10.3 est sortie.| Elle corrige tout.",
    "IL PLEUT.| NOUS RESTONS.",
    "L'entreprise Dupont et Cie. a fermé.| Les salariés protestent.",
    "Il a vu Mmes Petit et Grand.| Elles saluent.",
    "St. Malo est loin.| Rennes est près.",
    "Ste. Anne est fêtée.| On danse.",
    "La réunion est à 9 h.| Venez à l'heure.",
    "Le prix est de 5 €.| C'est peu.",
    "Il fait 8 °C.| Il neige.",
    "Il vit au XIXe siècle.| Il est vieux.",
    "Louis XIV.| Il régna longtemps.",
    "IV. Résultats de l'enquête.| Ils sont bons.",
    "Vitamine C.| Il en faut.",
    "Le plan B.| Le voici.",
    "Il y a du bruit.| Y a-t-il un pilote ?",
    "D'accord.| C'est noté.",
    "Non.| Oui.| Peut-être.",
    "Le bd. Voltaire est fermé.| L'av. Foch est libre.",
    "La réf. 1234 manque.| Commandez la réf. 1235.",
    "Le vol. 3 est paru.| Le vol. 4 suivra.",
    "Paris, le 3 mars 2026.| Cher ami.",
    "C'est-à-dire : rien.| Rien du tout.",
    "Il a 84 ans.| 12 enfants l'entourent.",
    "En 2019.| 15 personnes sont venues.",
    "Max. 5 personnes.| Min. 2.",
    "Il vint ; elle partit.| Tous pleuraient.",
    "L'ex. 3 est faux.| Le no. 4 est juste.",
    "« Oui.| — Non. »| Silence.",
    "“C'est fini.”| Il ferma la porte.",
    "\"C'est fini.\"| Il ferma la porte.",
    "Le texte est clair.[12]| La note aussi.",
    "Trop c'est trop !!!| Arrêtez.",
    "Qui ?| Moi ?",
};

static const char *const ENGLISH[] = {
    "It rains.| We stay.",
    "Mr. Smith left.| Mrs. Jones stayed.",
    "Dr. Brown met Prof. Green.| They talked.",
    "Ms. Lee and Messrs. King and Hall came.| They sat.",
    "Gen. Grant met Sen. Hill and Gov. Cox.| They agreed.",
    "He lives in the U.S.| It is large.",
    "He lives in the U.S. with his wife.| She works.",
    "The U.S. Army moved.| The U.N. met.",
    "The U.K. economy grew.| Prices fell.",
    "He went to Washington, D.C.| It rained.",
    "She has a Ph.D. in physics.| He has none.",
    "She has a Ph.D.| He has none.",
    "We meet at 9 a.m. Monday.| Bring tea.",
    "We meet at 9 a.m.| Bring tea.",
    "It opens at 5 p.m. EST daily.| Come early.",
    "It opens at 5 p.m.| The shop is new.",
    "Use a tool, e.g. a hammer.| Do not use glue.",
    "One city, i.e. Paris, is full.| Others are not.",
    "Apples, pears, etc. are sold.| Nuts are not.",
    "Apples, pears, etc.| The rest is sold out.",
    "Apple Inc. announced a phone.| It sells well.",
    "She works at Apple Inc.| He works at home.",
    "Smith & Co. closed.| Nobody cared.",
    "Acme Corp. and Beta Ltd. merged.| The deal is done.",
    "Martin Luther King Jr. spoke.| They listened.",
    "I met John Doe Jr.| He was kind.",
    "J. K. Rowling wrote it.| We read it.",
    "J.R.R. Tolkien wrote it.| We read it.",
    "George W. Bush won.| He smiled.",
    "See p. 5 and pp. 7-9.| Then stop.",
    "See Fig. 3.| It is clear.",
    "See figs. 3 and 4.| They are clear.",
    "Room No. 5 is free.| No. 6 is not.",
    "Is it true?| No.| I don't think so.",
    "The vol. 2 is out.| Vol. 3 follows.",
    "It costs $3.50.| That is cheap.",
    "It grew 3.5 percent.| It fell 2.1 percent.",
    "The total is 1,234,567.89 dollars.| Pay now.",
    "Version 2.0.1 is out.| Install it.",
    "Visit www.example.com.| It is new.",
    "Mail a.b@example.org today.| He waits.",
    "Open README.md first.| Then build.",
    "Run foo.bar() now.| It works.",
    "\"Go!\" she said.| He went.",
    "\"Are you sure?\" he asked.| She nodded.",
    "\"I left.\"| Then he stayed.",
    "\"I left,\" he said.| \"I stayed.\"",
    "“I left.”| Then he stayed.",
    "‘I left.’| Then he stayed.",
    "He said, 'Stop.'| She stopped.",
    "(See below.)| Then go on.",
    "He left (why?) early.| She stayed.",
    "He left (it was late. She knew) at ten.| All slept.",
    "[Music plays.]| They dance.",
    "Really?| Yes!| No.",
    "What?!| Never.",
    "Wait...| What?",
    "Wait... what is that?| A cat.",
    "Well… maybe.| No.",
    "I was there.| Then, I left.",
    "Yahoo! announced results.| Shares rose.",
    "He came on Jan. 5.| She came on Feb. 6.",
    "It was in Sept. 2019.| He was ten.",
    "In Dec. the snow fell.| It melted.",
    "He lives on Main St. near us.| She does too.",
    "He lives on Main St.| The house is red.",
    "St. Louis is hot.| St. Paul is cold.",
    "Mt. Everest is high.| K2 is too.",
    "The case Roe v. Wade is old.| It was overturned.",
    "France vs. Italy starts now.| Sit down.",
    "Smith et al. found this.| It is true.",
    "It is approx. 5 miles.| Walk.",
    "THIS IS IT.| NOW GO.",
    "He was born c. 1900.| He died young.",
    "You and I.| The two of us.",
    "Type B.| It is rare.",
    "1. First item here.| It is short.",
    "II. Methods and tools.| We used two.",
    "He scored 3.| She scored 4.",
    "In 2019.| 20 people came.",
    "I live at no. 10.| You know it.",
    "The dept. of health warned.| People listened.",
    "Tel. 555 1234 is busy.| Call later.",
    "Ext. 12 is free.| Dial it.",
    "Hello :) how are you?| Fine.",
    "He smiled :( all day.| She did not.",
    "That's all, folks!| Bye.",
    "He came 1st.| She came 2nd.",
    "Rev. Moore and Capt. Hook met.| They fought.",
    "Lt. Col. Gray left.| Sgt. Poe stayed.",
    "It ended 3-2.| They cheered.",
    "The end.[3]| A new start.",
    "He asked who?| Nobody.",
    "Fine!!!| Go.",
    "A.I. is new.| It learns.",
    "The firm, est. 1920, is old.| It lasts.",
    "Go to Sec. 4.| Read it.",
    "Read chap. 4 first.| Then chap. 5.",
    "Bring: tea; milk; sugar.| Thanks.",
    "The cat sat.| It slept.",
    "We met on Fri. 3 May.| It rained on Sat. 4 May.",
    "He said no.| She said yes.",
    "It is 5 ft. tall.| We measured.",
    "The co. failed.| The bank paid.",
    "Ask me.| Then go.",
    "Prof. Dr. Weiss came.| He spoke.",
    "“Why?” I asked.| “Because.”",
    "It was (and is) fine.| Trust me.",
    "Call Mr. B. Good now.| He waits.",
    "The min. age is 18.| The max. is 65.",
};

/* Checks the offsets of every sentence of one case. */
static bool check_case(const char *marked)
{
    char text[512];
    size_t cuts[32];
    size_t n_cuts = 0;
    size_t len = 0;
    for (const char *c = marked; *c != '\0'; c++) {
        if (*c == '|') {
            cuts[n_cuts++] = len;
        } else {
            text[len++] = *c;
        }
    }
    text[len] = '\0';
    arena memory;
    arena_init(&memory, LIMIT_MIB);
    document d;
    assert_int_equal(document_analyse(&d, span_from(text, len), DOCUMENT_ARTICLE, &memory, NULL),
                     0);
    bool same = d.n_sentences == n_cuts + 1;
    for (size_t i = 0; same && i < n_cuts; i++) {
        same = d.sentences[i].end == cuts[i];
    }
    if (!same) {
        print_message("# wrong: %s\n", marked);
        for (size_t i = 0; i < d.n_sentences; i++) {
            print_message("#    <%.*s>\n", (int)(d.sentences[i].end - d.sentences[i].start),
                          text + d.sentences[i].start);
        }
    }
    arena_deinit(&memory);
    return same;
}

static void test_french(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof(FRENCH) / sizeof(FRENCH[0]); i++) {
        wrong += check_case(FRENCH[i]) ? 0 : 1;
    }
    assert_int_equal(wrong, 0);
}

static void test_english(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof(ENGLISH) / sizeof(ENGLISH[0]); i++) {
        wrong += check_case(ENGLISH[i]) ? 0 : 1;
    }
    assert_int_equal(wrong, 0);
    print_message("# %zu French and %zu English cases\n", sizeof(FRENCH) / sizeof(FRENCH[0]),
                  sizeof(ENGLISH) / sizeof(ENGLISH[0]));
}

/* Somebody who starts sentences in lower case gets them split too, but not in an article. */
static void test_lower_case(void **state)
{
    (void)state;
    const span text = SPAN("ok. i will call you. thanks for the help. see e.g. page two");
    size_t pos = 0;
    size_t n = 0;
    while (pos < text.len) {
        pos = sentence_end(text, pos, text.len, true);
        n++;
    }
    assert_int_equal(n, 4);
    assert_int_equal(sentence_end(text, 0, text.len, false), text.len);
}

/* Whatever is thrown at it, a sentence is bounded, goes forward and ends between characters. */
static void test_endless(void **state)
{
    (void)state;
    static const char *const UNITS[] = {"a",    "é",      "(",  "[",  ".",    "\"", "… ",  ". ",
                                        "a b ", "\u00A0", "1.", "( ", "! ? ", "»",  "A. ", "— "};
    const size_t bytes = 300000;
    char *const text = memory_alloc(bytes + 8, 1);
    assert_non_null(text);
    for (size_t u = 0; u < sizeof(UNITS) / sizeof(UNITS[0]); u++) {
        size_t len = 0;
        while (len < bytes) {
            for (const char *c = UNITS[u]; *c != '\0'; c++) {
                text[len++] = *c;
            }
        }
        size_t pos = 0;
        while (pos < len) {
            const size_t end = sentence_end(span_from(text, len), pos, len, false);
            assert_true(end > pos && end <= len && end - pos <= LIMIT_SENTENCE_BYTES + 600000);
            assert_true(end == len || ((unsigned char)text[end] & 0xC0u) != 0x80u);
            pos = end;
        }
    }
    memory_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_french),
        cmocka_unit_test(test_english),
        cmocka_unit_test(test_lower_case),
        cmocka_unit_test(test_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
