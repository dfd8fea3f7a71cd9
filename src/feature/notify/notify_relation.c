/*
 * notify_relation.c - who a contact is to the person, out of the words of the context.
 *
 * Idea: each known word names a relation; of several the most distant one counts ("friend of my
 * sister" is a friend, "family doctor" a service). A school or a bank counts only where no person is
 * named ("school friend").
 */
#include "base/utf8.h"
#include "document/text_chars.h"
#include "feature/notify/notify_context.h"

enum { WORD_BYTES = 32 };

typedef struct relation_words {
    notify_relation relation;
    const char *words; /* lower case, no accents, each between spaces */
} relation_words;

static const relation_words PERSONS[] = {
    {NOTIFY_RELATION_PARTNER,
     " partner spouse wife husband girlfriend boyfriend fiance fiancee conjoint conjointe epoux "
     "epouse femme mari compagnon compagne copine copain partenaire cheri cherie "},
    {NOTIFY_RELATION_FAMILY,
     " family mother father mum mom mummy mommy dad daddy parent parents son daughter child "
     "children "
     "kid kids brother sister sibling grandmother grandfather grandma grandpa granny grandparent "
     "aunt uncle cousin nephew niece mother-in-law father-in-law brother-in-law sister-in-law "
     "stepmother stepfather stepson stepdaughter famille mere pere maman papa fils fille enfant "
     "enfants frere soeur grand-mere grand-pere mamie papi papy grands-parents tante oncle cousine "
     "neveu belle-mere beau-pere belle-soeur beau-frere belle-fille beau-fils gendre petit-fils "
     "petite-fille marraine parrain godmother godfather household foyer "},
    {NOTIFY_RELATION_FRIEND, " friend friends bestie buddy flatmate roommate housemate ami amie "
                             "amis amies pote colocataire "
                             "coloc "},
    {NOTIFY_RELATION_MANAGER,
     " manager boss supervisor director chief lead ceo chef cheffe patron patronne directeur "
     "directrice responsable superieur superieure n+1 employer employeur "},
    {NOTIFY_RELATION_COLLEAGUE,
     " colleague coworker co-worker teammate team business collegue equipe associe associee client "
     "customer cliente intern stagiaire assistant assistante "},
    {NOTIFY_RELATION_SERVICE,
     " doctor gp physician dentist nurse therapist midwife paediatrician pediatrician vet "
     "veterinarian pharmacist teacher tutor coach nanny childminder babysitter carer landlord "
     "landlady "
     "plumber electrician lawyer notary accountant medecin docteur dentiste infirmier infirmiere "
     "therapeute psychologue sage-femme pediatre veterinaire pharmacien pharmacienne professeur "
     "prof "
     "maitresse maitre instituteur institutrice enseignant enseignante nounou assmat proprietaire "
     "bailleur plombier electricien avocat avocate notaire comptable gardien gardienne concierge "
     "syndic "},
    {NOTIFY_RELATION_ACQUAINTANCE,
     " acquaintance neighbour neighbor neighbours neighbors contact ex ex-wife ex-husband "
     "classmate "
     "connaissance voisin voisine voisins ex-mari ex-femme camarade "},
};

static const char PLACES[] =
    " school nursery daycare creche kindergarten college university bank hospital clinic surgery "
    "practice pharmacy service insurance insurer garage council townhall ecole maternelle lycee "
    "universite banque hopital clinique cabinet pharmacie assurance mutuelle mairie agence admin "
    "administration provider utility ";

/* The word at *pos, folded and between spaces; its length, 0: there is none left. */
static size_t next_word(span text, size_t *pos, char out[WORD_BYTES + 8])
{
    size_t len = 0;
    out[len++] = ' ';
    while (*pos < text.len) {
        uint32_t code = 0;
        const size_t n = utf8_next(text, *pos, &code);
        const bool is_part = char_is_word(char_kind_of(code)) || code == '-' || code == '+';
        if (!is_part && len > 1) {
            break;
        }
        *pos += n;
        if (is_part && len < WORD_BYTES) {
            len += notify_fold(code, out + len);
        }
    }
    out[len] = ' ';
    out[len + 1] = '\0';
    return len > 1 ? len + 1 : 0;
}

size_t notify_fold(uint32_t code, char out[4])
{
    static const struct {
        uint32_t first, last;
        const char *letters;
    } PLAIN[] = {{0xE0, 0xE5, "a"}, {0xE6, 0xE6, "ae"}, {0xE7, 0xE7, "c"},   {0xE8, 0xEB, "e"},
                 {0xEC, 0xEF, "i"}, {0xF1, 0xF1, "n"},  {0xF2, 0xF6, "o"},   {0xF8, 0xF8, "o"},
                 {0xF9, 0xFC, "u"}, {0xFD, 0xFD, "y"},  {0x153, 0x153, "oe"}};
    const uint32_t low = char_fold(code);
    if (low >= 0x300 && low <= 0x36F) { /* an accent that stands alone */
        return 0;
    }
    for (size_t i = 0; i < sizeof(PLAIN) / sizeof(PLAIN[0]); i++) {
        if (low >= PLAIN[i].first && low <= PLAIN[i].last) {
            const size_t len = strlen(PLAIN[i].letters);
            memcpy(out, PLAIN[i].letters, len);
            return len;
        }
    }
    return utf8_encode(low == 0x2011 ? '-' : low, out);
}

notify_relation notify_relation_read(span words)
{
    notify_relation found = NOTIFY_RELATION_NONE;
    bool is_place = false;
    char word[WORD_BYTES + 8];
    size_t pos = 0;
    while (next_word(words, &pos, word) > 0) {
        for (size_t i = 0; i < sizeof(PERSONS) / sizeof(PERSONS[0]); i++) {
            if (strstr(PERSONS[i].words, word) != NULL &&
                (found == NOTIFY_RELATION_NONE || PERSONS[i].relation < found)) {
                found = PERSONS[i].relation;
            }
        }
        is_place = is_place || strstr(PLACES, word) != NULL;
    }
    return found != NOTIFY_RELATION_NONE ? found
           : is_place                    ? NOTIFY_RELATION_SERVICE
                                         : NOTIFY_RELATION_OTHER;
}
