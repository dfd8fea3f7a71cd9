/*
 * test_forms.c - sentences without clauses, and short articles made of them.
 */
#include "summarize_fixture.h"

#include "feature/summarize/summary_forms.h"
#include "scripted_session.h"

static const struct {
    const char *sentence, *form;
    bool made;
} ROWS[] = {
    {"The bridge, which was built in 1921, carries about 9,000 vehicles a day.",
     "The bridge carries about 9,000 vehicles a day.", true},
    {"The council closed the bridge (built in 1921) to all of the trucks on Tuesday.",
     "The council closed the bridge to all of the trucks on Tuesday.", true},
    {"The firm will close its plant in Derby in May, after two years of falling sales.",
     "The firm will close its plant in Derby in May.", true},
    {"In March, the firm will close its oldest plant in the north of Derby.",
     "The firm will close its oldest plant in the north of Derby.", true},
    {"But the firm will close its oldest plant in the north of Derby.",
     "The firm will close its oldest plant in the north of Derby.", true},
    {"Le site de l'institut, qui suit les incendies, n'avait jamais compté autant de foyers.",
     "Le site de l'institut n'avait jamais compté autant de foyers.", true},
    {"Dix personnes, âgées de 30 à 69 ans, étaient jugées à Paris depuis mercredi matin.",
     "Dix personnes étaient jugées à Paris depuis mercredi matin.", true},
    {"Il est mort à Redencao, dans le nord du Brésil, a annoncé mardi une association.",
     "Il est mort à Redencao, a annoncé mardi une association.", true},
    {"Dans un entretien enregistré mardi, et diffusé samedi, la ministre défend la loi.",
     "Et diffusé samedi, la ministre défend la loi.", false},
    {"Mardi matin, à Brest, étudiants et professeurs ont bloqué les deux entrées du port.",
     "À Brest, étudiants et professeurs ont bloqué les deux entrées du port.", true},
    /* What limits, turns round or attributes must stay. */
    {"The plant will close in the spring of 2027, unless the council pays for the roof.",
     "The plant will close in the spring of 2027.", false},
    {"The plant lost 4 million pounds in a single year, according to the union.",
     "The plant lost 4 million pounds in a single year.", false},
    {"La mairie paiera les travaux de la halle, si la région accepte d'y participer.",
     "La mairie paiera les travaux de la halle.", false},
    {"Le maire a menti aux habitants du quartier, a affirmé lundi le préfet du Nord.",
     "Le maire a menti aux habitants du quartier.", false},
    {"Tous les trains du nord circuleront lundi matin, sauf ceux de la ligne de Lens.",
     "Tous les trains du nord circuleront lundi matin.", false},
    /* Nor is one element of a list, or half of a pair of quotes, left out. */
    {"The shop sells bread, cheese, wine, and many other things from the region.",
     "The shop sells bread, wine, and many other things from the region.", false},
    {"La ville a inauguré mardi le réseau, qui chauffe 300 logements, deux écoles et l'hôpital.",
     "La ville a inauguré mardi le réseau, deux écoles et l'hôpital.", false},
    {"La ville a inauguré mardi le réseau, qui chauffe 300 logements, une école à Lens et "
     "l'hôpital.",
     "La ville a inauguré mardi le réseau, une école à Lens et l'hôpital.", false},
    {"The town opened the network, which heats 300 homes, two schools, and the hospital.",
     "The town opened the network, two schools, and the hospital.", false},
    {"La ville, qui compte 300 habitants, financera la nouvelle route et l'école du quartier.",
     "La ville financera la nouvelle route et l'école du quartier.", true},
    {"He said that \"the bridge, which is old, must be closed before next winter\".",
     "He said that \"the bridge must be closed before next winter\".", true},
    {"He called it \"a disaster, with no end, for all of us\" on the radio on Monday.",
     "He called it \"a disaster, for all of us\" on the radio on Monday.", false},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        summary_form forms[SUMMARY_MAX_FORMS];
        const size_t n = summary_find_forms(span_from_string(ROWS[i].sentence), forms);
        bool made = false;
        for (size_t k = 0; k < n; k++) {
            buffer b;
            buffer_init(&b, 1 << 12);
            assert_true(summary_append_form(&b, &forms[k]));
            made = made || span_equal(buffer_span(&b), span_from_string(ROWS[i].form));
            buffer_deinit(&b);
        }
        if (made != ROWS[i].made) {
            fail_msg("'%s' from '%s'", ROWS[i].form, ROWS[i].sentence);
        }
    }
}

static void test_whole_first(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "",        ",",      ", ,",
        "a, b, c", "((((",   ")",
        "Mais",    "Mais ,", "qui, qui, qui, qui, qui, qui, qui, qui, qui, qui, qui, qui, q"};
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        summary_form forms[SUMMARY_MAX_FORMS];
        const span text = span_from_string(TEXTS[i]);
        const size_t n = summary_find_forms(text, forms);
        assert_in_range(n, 1, SUMMARY_MAX_FORMS);
        assert_int_equal(forms[0].n_words, document_count_words(text));
    }
}

static const char ARTICLE[] =
    "The council of Derby voted on Tuesday to close Trent Bridge to trucks. \"We have waited too "
    "long,\" said Mary Owens, who had asked for an inspection. Trent Bridge, which was built in "
    "1921, carries about 9,000 vehicles a day. Trucks will have to use the motorway, a detour of "
    "14 kilometres. The weather was mild for the season, and many people had come. Local companies "
    "fear higher costs. The repairs of Trent Bridge will cost Derby 6.2 million pounds, unless "
    "the cracks have spread. The mayor spoke for an hour.";

/* Within the limit, in order, each from its own sentence, and no quotation where there is a choice. */
static void test_composed(void **state)
{
    (void)state;
    for (uint32_t words = 15; words <= 60; words++) {
        const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_EXTRACT, words);
        huis_summary *s = summarize_with(ARTICLE, &o, NULL);
        assert_in_range(document_count_words(span_from_string(s->text)), words / 2, words);
        assert_null(strchr(s->text, '"'));
        for (size_t i = 1; i < s->n_items; i++) {
            assert_true(s->items[i].sources[0].start > s->items[i - 1].sources[0].start);
        }
        huis_summary_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_whole_first),
        cmocka_unit_test(test_composed),
    };
    return cmocka_run_group_tests_name("forms", tests, NULL, NULL);
}
