/*
 * summary_prompts.c - the prompts, French and English.
 *
 * Short instructions and a few short examples work best with models under one billion parameters
 * (docs/summarize.md): the examples show length and style, the answers use words of their source.
 * All texts were written for huis.
 */
#include "feature/summarize/summary_prompts.h"

static const prompt ENGLISH[] = {
    [PROMPT_SUBJECT] =
        {
            .system = "You write the subject line of an e-mail in three to six words. Use only "
                      "words and facts from the e-mail.",
            .before = "E-mail:\n",
            .after = "\n\nSubject line:",
            .shots =
                {{"Sarah, the meeting with the auditors has been moved to Thursday at 10 in room "
                  "12. Please tell your team.",
                  "Auditors meeting moved to Thursday"},
                 {"Attached is the revised draft of the Norton contract. Could you look at section "
                  "4 and send me your comments by Friday?",
                  "Revised draft of Norton contract"},
                 {"I still need the expense report for March from your group. Please send it to "
                  "Linda as soon as you can.",
                  "March expense report needed"},
                 {"Please let me know if you will attend the safety training on June 5. Seats are "
                  "limited.",
                  "Safety training on June 5"},
                 {"Hi Tom,\nAttached is the revised forecast for the Denver office.\nI added the "
                  "travel costs that Linda gave me last week.\nPlease look it over and call me "
                  "with any questions.",
                  "Revised forecast for Denver office"}},
            .n_shots = 5,
            .max_tokens = 24,
        },
    [PROMPT_TITLE] =
        {
            .system = "You write short titles for articles. Use only words and facts from the "
                      "text.",
            .before = "Text:\n",
            .after = "\n\nTitle:",
            .shots = {{"The city council voted on Tuesday to close the old bridge to trucks, after "
                       "engineers found cracks in two pillars.",
                       "Old bridge closed to trucks after cracks found"},
                      {"A team of divers has found the wreck of a ferry that sank in 1921 off the "
                       "northern coast, the museum said.",
                       "Divers find wreck of ferry that sank in 1921"}},
            .n_shots = 2,
            .max_tokens = 32,
        },
    [PROMPT_DIALOGUE] =
        {
            .system = "You summarize conversations in one sentence: who wants, says or does what. "
                      "Use only facts from the conversation.",
            .before = "Conversation:\n",
            .after = "\n\nSummary:",
            .shots =
                {{"Lena: The heating in my room does not work.\nMark: Since when?\nLena: Since "
                  "last night. Can you send somebody?\nMark: A technician will come at two.",
                  "Lena says the heating in her room does not work, and Mark will send a "
                  "technician at two."},
                 {"#Person1#: Do you want to see the new film tonight?\n#Person2#: I have to "
                  "finish my report first.\n#Person1#: Then let's go tomorrow.\n#Person2#: "
                  "Good idea.",
                  "#Person1# wants to see the new film, but #Person2# has to finish a report, "
                  "so they will go tomorrow."},
                 {"#Person1#: I'd like to return this coat.\n#Person2#: What is wrong with "
                  "it?\n#Person1#: A button is missing.\n#Person2#: We can give you your "
                  "money back.",
                  "#Person1# wants to return a coat because a button is missing, and "
                  "#Person2# offers the money back."}},
            .n_shots = 3,
            .max_tokens = 52,
        },
    [PROMPT_SHORTEN] =
        {
            .system = "You shorten a sentence and keep its words and its most important facts.",
            .before = "",
            .after = "",
            .shots = {{"The company, which employs about 300 people in the region, said on Monday "
                       "that it would close its factory in Derby at the end of the year, because "
                       "of falling demand.",
                       "The company will close its factory in Derby at the end of the year because "
                       "of falling demand."},
                      {"According to the police, who arrived a few minutes later, nobody was hurt "
                       "when the roof of the market hall collapsed under the snow.",
                       "Nobody was hurt when the roof of the market hall collapsed under the "
                       "snow."}},
            .n_shots = 2,
            .max_tokens = 64,
        },
    [PROMPT_ABSTRACT] =
        {
            .system = "You summarize a text in two or three short sentences. Use only words and "
                      "facts from the text.",
            .before = "Text:\n",
            .after = "\n\nSummary:",
            .max_tokens = 120,
        },
};

static const prompt FRENCH[] = {
    [PROMPT_SUBJECT] =
        {
            .system = "Tu écris l'objet d'un courriel en trois à sept mots. N'utilise que les mots "
                      "et les faits du courriel.",
            .before = "Courriel :\n",
            .after = "\n\nObjet :",
            .shots =
                {{"Sarah, la réunion avec les commissaires aux comptes est déplacée à jeudi 10 h "
                  "en "
                  "salle 12. Merci de prévenir ton équipe.",
                  "Réunion avec les commissaires déplacée à jeudi"},
                 {"Vous trouverez ci-joint la version revue du contrat Norton. Pourriez-vous "
                  "relire "
                  "l'article 4 et m'envoyer vos remarques avant vendredi ?",
                  "Version revue du contrat Norton"},
                 {"Il me manque encore la note de frais de mars de votre groupe. Merci de "
                  "l'envoyer "
                  "à Linda dès que possible.",
                  "Note de frais de mars manquante"},
                 {"Dites-moi si vous participez à la formation sécurité du 5 juin. Le nombre de "
                  "places est limité.",
                  "Formation sécurité du 5 juin"},
                 {"Bonjour Thomas,\nVoici les prévisions revues pour l'agence de Lille.\nJ'ai "
                  "ajouté "
                  "les frais de déplacement que Linda m'a donnés la semaine dernière.\nPeux-tu les "
                  "relire et m'appeler en cas de question ?",
                  "Prévisions revues pour l'agence de Lille"}},
            .n_shots = 5,
            .max_tokens = 28,
        },
    [PROMPT_TITLE] =
        {
            .system = "Tu écris des titres courts pour des articles. N'utilise que les mots et les "
                      "faits du texte.",
            .before = "Texte :\n",
            .after = "\n\nTitre :",
            .shots = {{"Le conseil municipal a décidé mardi de fermer le vieux pont aux camions, "
                       "après la découverte de fissures dans deux piliers.",
                       "Le vieux pont fermé aux camions après la découverte de fissures"},
                      {"Une équipe de plongeurs a retrouvé l'épave d'un ferry qui avait coulé en "
                       "1921 au large de la côte nord, a annoncé le musée.",
                       "Des plongeurs retrouvent l'épave d'un ferry coulé en 1921"}},
            .n_shots = 2,
            .max_tokens = 40,
        },
    [PROMPT_DIALOGUE] =
        {
            .system = "Tu résumes des conversations en une phrase : qui veut, dit ou fait quoi. "
                      "N'utilise que les faits de la conversation.",
            .before = "Conversation :\n",
            .after = "\n\nRésumé :",
            .shots = {{"Léna : Le chauffage de ma chambre ne marche pas.\nMarc : Depuis quand "
                       "?\nLéna : Depuis hier soir. Peux-tu envoyer quelqu'un ?\nMarc : Un "
                       "technicien passera à deux heures.",
                       "Léna dit que le chauffage de sa chambre ne marche pas et Marc enverra un "
                       "technicien à deux heures."},
                      {"Julie : On va voir le nouveau film ce soir ?\nKarim : Je dois d'abord "
                       "finir mon rapport.\nJulie : Alors allons-y demain.\nKarim : Bonne idée.",
                       "Julie veut voir le nouveau film, mais Karim doit finir son rapport ; ils "
                       "iront demain."}},
            .n_shots = 2,
            .max_tokens = 60,
        },
    [PROMPT_SHORTEN] =
        {
            .system = "Tu raccourcis une phrase en gardant ses mots et ses faits les plus "
                      "importants.",
            .before = "",
            .after = "",
            .shots = {{"L'entreprise, qui emploie environ 300 personnes dans la région, a annoncé "
                       "lundi la fermeture de son usine de Vierzon à la fin de l'année, en raison "
                       "de la baisse de la demande.",
                       "L'entreprise a annoncé la fermeture de son usine de Vierzon à la fin de "
                       "l'année."},
                      {"Selon les pompiers, arrivés quelques minutes plus tard, personne n'a été "
                       "blessé lorsque le toit de la halle s'est effondré sous la neige.",
                       "Personne n'a été blessé lorsque le toit de la halle s'est effondré sous la "
                       "neige."}},
            .n_shots = 2,
            .max_tokens = 72,
        },
    [PROMPT_ABSTRACT] =
        {
            .system =
                "Tu résumes un texte en deux ou trois phrases courtes. N'utilise que les mots "
                "et les faits du texte.",
            .before = "Texte :\n",
            .after = "\n\nRésumé :",
            .max_tokens = 140,
        },
};

const prompt *prompt_find(prompt_use use, bool french)
{
    return french ? &FRENCH[use] : &ENGLISH[use];
}
