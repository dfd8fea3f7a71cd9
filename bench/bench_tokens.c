/*
 * bench_tokens.c - what the model is given to read while it is measured: a text.
 *
 * Most of the work does not depend on the tokens; the head does: of running text a coarse copy finds
 * the likeliest next token (engine/head.h), of tokens drawn at random, after which anything may follow,
 * it cannot. Nobody writes random tokens. A vocabulary that has no use for the text (random weights
 * of bench/make_shape.c) gets random ones.
 */
#include "base/memory.h"
#include "base/rng.h"
#include "bench.h"

enum { TEXT_TOKENS_MIN = 64 };

static const char TEXT[] =
    "The ferry left an hour late because of the fog, so most of us went down to the cafe and "
    "waited. A "
    "man at the next table was repairing a clock. He had laid the wheels out on a newspaper, in "
    "the "
    "order in which he had taken them off, and he told anyone who asked that the fault was never "
    "in "
    "the spring. Twice he put everything back together, listened, and shook his head. The third "
    "time "
    "it ran, and the children clapped.\n\n"
    "When the fog lifted at ten we could see the far bank: the customs house, two cranes, and a "
    "row "
    "of poplars bent towards the town. Marta counted the boxes again. There were forty-one on the "
    "list and forty-two on the deck, and nobody wanted to say to whom the last one belonged. In "
    "the "
    "end the mate wrote \"one box, seeds, owner unknown\" in his book and we carried it ashore "
    "with "
    "the others.\n\n"
    "Le marché ouvre à sept heures, mais les maraîchers arrivent bien avant. On décharge les "
    "cageots "
    "dans le noir, on boit un café debout, on se raconte la semaine. Les premiers clients sont des "
    "habitués : ils savent quel étal choisir et ne discutent pas les prix. Vers midi, quand il ne "
    "reste que des poireaux et quelques pommes, tout devient moins cher, et ceux qui ont le temps "
    "d'attendre repartent avec des paniers pleins.\n\n"
    "To mend a dry stone wall, take it down to the first sound course and sort what you find by "
    "size. "
    "Large stones go back at the bottom, with their long side into the wall. Fill the middle as "
    "you "
    "go, never with earth, and cross every joint. Work in steps of a metre; a day is three of "
    "them. "
    "Leave a gap at the foot where water runs after rain, or the first winter will make one.\n\n";

static int encode(const engine *e, token_list *out)
{
    const vocab_encode_options options = {.add_special = true};
    return vocab_encode(engine_vocab(e), span_from(TEXT, sizeof(TEXT) - 1), &options, out, NULL);
}

int32_t *bench_tokens(const engine *e, uint32_t n)
{
    int32_t *const tokens = memory_alloc(n > 0 ? n : 1, sizeof(*tokens));
    token_list text;
    rng random;
    token_list_init(&text);
    rng_init(&random, 1);
    const bool is_text = encode(e, &text) == HUIS_OK && text.count >= TEXT_TOKENS_MIN;
    for (uint32_t i = 0; tokens != NULL && i < n; i++) {
        tokens[i] = is_text ? text.ids[i % text.count]
                            : (int32_t)rng_next_below(&random, engine_get_info(e)->n_vocab);
    }
    token_list_deinit(&text);
    return tokens;
}
