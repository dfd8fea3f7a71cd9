/*
 * test_language.c - French, English, or honestly neither.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "document/document.h"

typedef struct snippet {
    const char *language;
    const char *text;
} snippet;

static const snippet SNIPPETS[] = {
    {"fr", "Le conseil municipal se réunira jeudi soir pour voter le budget de la commune."},
    {"fr", "Bonjour, peux-tu m'envoyer le rapport avant vendredi ? Merci !"},
    {"fr", "La réunion de demain est annulée."},
    {"fr", "Je ne sais pas si elle viendra ce soir."},
    {"fr", "Rendez-vous chez le dentiste à 15 h"},
    {"fr", "N'oublie pas d'acheter du pain et du lait en rentrant."},
    {"fr", "Les deux tiers des logements seront chauffés au bois d'ici 2030."},
    {"fr", "C'est l'heure de partir, les enfants sont déjà dans la voiture."},
    {"fr", "Votre colis a été livré à votre voisin."},
    {"fr", "Il pleut depuis trois jours sur la côte."},
    {"fr", "VOTRE COMMANDE EST PRÊTE, VENEZ LA CHERCHER AVANT SAMEDI."},
    {"fr", "Selon l'étude, 62 % des Français ont déjà utilisé un vélo en ville."},
    {"fr", "Merci pour ton message, je te réponds dès que possible avec les chiffres."},
    {"fr", "Le serveur de production ne répond plus depuis 14 h 05, on regarde."},
    {"fr", "Voir le fichier README.md et https://example.org/the/and/of pour la suite."},
    {"en", "The city council will meet on Thursday evening to vote on the budget."},
    {"en", "Hi, could you send me the report by Friday? Thanks!"},
    {"en", "Tomorrow's meeting is cancelled."},
    {"en", "I don't know whether she will come tonight."},
    {"en", "Your parcel was left with your neighbour."},
    {"en", "Don't forget to buy bread and milk on your way home."},
    {"en", "It has been raining on the coast for three days."},
    {"en", "YOUR ORDER IS READY, PLEASE COLLECT IT BEFORE SATURDAY."},
    {"en", "According to the study, 62% of people have used a bicycle in town."},
    {"en", "Thanks for your message, I will answer as soon as I have the figures."},
    {"en", "The production server has been down since 14:05, we are looking at it."},
    {"en", "She sold the old house by the river and moved to the mountains."},
    {"en", "What time does the train leave?"},
    {"en", "Two of the six windows were broken during the storm last night."},
    {"und", ""},
    {"und", "12 34 56,7"},
    {"und", "OK"},
    {"und", "Bonjour"},
    {"und", "Paris"},
    {"und", "👍👍"},
    {"und", "Der Stadtrat trifft sich am Donnerstagabend, um über den Haushalt abzustimmen."},
    {"und", "Kannst du mir bitte den Bericht bis Freitag schicken? Danke!"},
    {"und", "Ich weiß nicht, ob sie heute Abend kommt."},
    {"und", "El ayuntamiento se reunirá el jueves por la tarde para votar el presupuesto."},
    {"und", "¿Puedes enviarme el informe antes del viernes? ¡Gracias!"},
    {"und", "No sé si ella vendrá esta noche a la fiesta de los vecinos."},
    {"und", "Il consiglio comunale si riunirà giovedì sera per votare il bilancio."},
    {"und", "Puoi mandarmi la relazione entro venerdì? Grazie!"},
    {"und", "Non so se lei verrà stasera alla festa dei vicini."},
    {"und", "A câmara municipal reúne-se na quinta-feira à noite para votar o orçamento."},
    {"und", "Podes enviar-me o relatório até sexta-feira? Obrigado!"},
    {"und", "De gemeenteraad komt donderdagavond bijeen om over de begroting te stemmen."},
    {"und", "Kun je me het verslag voor vrijdag sturen? Bedankt!"},
    {"und", "L'ajuntament es reunirà dijous al vespre per votar el pressupost de la ciutat."},
    {"und", "Kommunfullmäktige sammanträder på torsdag kväll för att rösta om budgeten."},
    {"und", "Consiliul local se va întruni joi seara pentru a vota bugetul orașului."},
    {"und", "Rada miasta zbierze się w czwartek wieczorem, aby głosować nad budżetem."},
    {"und", "Городской совет соберётся в четверг вечером, чтобы утвердить бюджет."},
    {"und", "Το δημοτικό συμβούλιο θα συνεδριάσει την Πέμπτη το βράδυ."},
    {"und", "市議会は木曜日の夜に予算を採決する。"},
    {"und", "سيجتمع مجلس المدينة مساء الخميس للتصويت على الميزانية."},
};

static void test_snippets(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof(SNIPPETS) / sizeof(SNIPPETS[0]); i++) {
        const char *const found = document_language(span_from_string(SNIPPETS[i].text));
        if (strcmp(found, SNIPPETS[i].language) != 0) {
            print_message("# %s instead of %s: %s\n", found, SNIPPETS[i].language,
                          SNIPPETS[i].text);
            wrong++;
        }
    }
    print_message("# %zu snippets\n", sizeof(SNIPPETS) / sizeof(SNIPPETS[0]));
    assert_int_equal(wrong, 0);
}

/* A longer text of a language that huis does not know is never called French or English. */
static void test_other_languages_longer(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        ("La ciudad ha aprobado el nuevo plan de transporte después de tres meses de debate. Los "
         "autobuses pasarán cada diez minutos y el billete costará un euro. La alcaldesa dice que "
         "se trata de una mejora para todos los barrios."),
        ("Die Stadt hat nach drei Monaten Debatte den neuen Verkehrsplan beschlossen. Die Busse "
         "fahren künftig alle zehn Minuten, und eine Fahrkarte kostet einen Euro. Die "
         "Bürgermeisterin spricht von einer Verbesserung für alle Viertel."),
        ("La città ha approvato il nuovo piano dei trasporti dopo tre mesi di discussione. Gli "
         "autobus passeranno ogni dieci minuti e il biglietto costerà un euro. La sindaca parla di "
         "un miglioramento per tutti i quartieri."),
        ("A cidade aprovou o novo plano de transportes depois de três meses de debate. Os "
         "autocarros "
         "passam a cada dez minutos e o bilhete custa um euro. A presidente diz que é uma melhoria "
         "para todos os bairros."),
        ("De stad heeft na drie maanden debat het nieuwe vervoersplan goedgekeurd. De bussen "
         "rijden "
         "om de tien minuten en een kaartje kost een euro. De burgemeester spreekt van een "
         "verbetering voor alle wijken."),
        ("La ciutat ha aprovat el nou pla de transport després de tres mesos de debat. Els "
         "autobusos "
         "passaran cada deu minuts i el bitllet costarà un euro. L'alcaldessa diu que és una "
         "millora "
         "per a tots els barris."),
        ("Orașul a aprobat noul plan de transport după trei luni de dezbateri. Autobuzele vor "
         "trece "
         "la fiecare zece minute, iar biletul va costa un euro."),
    };
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        assert_string_equal(document_language(span_from_string(TEXTS[i])), "und");
    }
}

/* Only the start of a text is looked at, and a character cut at its end does no harm. */
static void test_long_text(void **state)
{
    (void)state;
    const char *const unit = "La réunion est prévue à midi, et les élèves y seront très nombreux. ";
    const size_t unit_len = strlen(unit);
    const size_t n = 400;
    char *const text = memory_alloc(n * unit_len, 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) {
        memcpy(text + i * unit_len, unit, unit_len);
    }
    for (size_t cut = 0; cut < 8; cut++) {
        assert_string_equal(document_language(span_from(text + cut * unit_len, n * unit_len / 2)),
                            "fr");
    }
    memory_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snippets),
        cmocka_unit_test(test_other_languages_longer),
        cmocka_unit_test(test_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
