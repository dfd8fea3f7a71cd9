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
            .system = "You summarize conversations in one or two short sentences: who wants, asks, "
                      "says or does what. Use only facts from the conversation.",
            .before = "Conversation:\n",
            .after = "\n\nSummary:",
            .shots =
                {{"#Person1#: Are you busy on Saturday?\n#Person2#: Why do you ask?\n#Person1#: "
                  "It's my birthday, and we're having some people over for dinner. I'd love you to "
                  "be there.\n#Person2#: Oh, what a pity! I have to work this weekend. Our shop is "
                  "moving.\n#Person1#: Can't somebody else do it?\n#Person2#: I'm afraid not. But "
                  "let's have lunch together next week.\n#Person1#: All right. Give me a call.",
                  "#Person1# invites #Person2# to a birthday dinner, but #Person2# has to work. "
                  "They will have lunch together next week."},
                 {"#Person1#: Can I help you?\n#Person2#: Yes, I'm looking for a pair of walking "
                  "shoes.\n#Person1#: How about these? They're light and they keep the water "
                  "out.\n#Person2#: They look nice. How much are they?\n#Person1#: Ninety "
                  "pounds.\n#Person2#: That's more than I wanted to spend. Can you give me a "
                  "discount?\n#Person1#: I could take ten pounds off.\n#Person2#: OK, I'll take "
                  "them.",
                  "#Person2# wants to buy walking shoes and asks for a discount. #Person1# takes "
                  "ten pounds off and #Person2# buys them."},
                 {"#Person1#: So, how do you like living in the village?\n#Person2#: It's quiet "
                  "and the air is good. But there's only one bus a day, and I miss the "
                  "cinemas.\n#Person1#: I could never leave the city. Everything is close, and my "
                  "friends are all here.\n#Person2#: You should visit us in summer. The children "
                  "swim in the lake every day.\n#Person1#: That does sound nice.",
                  "#Person1# and #Person2# talk about living in the village. #Person2# likes the "
                  "quiet but misses the cinemas, while #Person1# prefers the city."}},
            .n_shots = 3,
            .max_tokens = 60,
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
    [PROMPT_TRANSLATE] =
        {
            .system = "You translate French sentences into English. Keep every name, number and "
                      "date.",
            .before = "French: ",
            .after = "\nEnglish:",
            .shots =
                {{"La mairie de Tours n'a pas encore fixé la date des travaux, estimés à 2,5 "
                  "millions d'euros.",
                  "The town hall of Tours has not yet set the date of the works, estimated at 2.5 "
                  "million euros."},
                 {"Bonjour Claire, pourriez-vous m'envoyer le contrat signé avant vendredi midi ?",
                  "Hello Claire, could you send me the signed contract before noon on Friday?"},
                 {"Karim : Il faudra prévenir les 40 bénévoles avant le 12 mars.",
                  "Karim: The 40 volunteers will have to be told before 12 March."},
                 {"Selon les enquêteurs, le conducteur du camion s'est endormi au volant.",
                  "According to the investigators, the driver of the truck fell asleep at the "
                  "wheel."}},
            .n_shots = 4,
            .max_tokens = 110,
        },
    [PROMPT_ANSWER] =
        {
            .system =
                "You answer a question about a meeting in two or three sentences, from extracts of "
                "what was said. Tell it in the third person: who said, thought or asked what. Use "
                "only words and facts from the extracts.",
            .before = "Extracts:\n",
            .after = "\nAnswer:",
            .shots =
                {{"Nora: So the booking desk. I think it should stay downstairs, because people "
                  "come "
                  "in with prams.\nEric: Upstairs we would have more light, and there is room for "
                  "the "
                  "printer.\nNora: Yes, but the lift is often broken. I would rather put a second "
                  "lamp "
                  "down here.\nEric: A lamp is cheap. OK.\n\nQuestion: What did Nora think about "
                  "moving "
                  "the booking desk?",
                  "Nora thought that the booking desk should stay downstairs, because people come "
                  "in "
                  "with prams and the lift is often broken. Nora would rather put a second lamp "
                  "there."},
                 {"Manager: We have three hundred readers on paper, and printing costs us ninety "
                  "pounds each time.\nDesigner: I could send it by e-mail, it takes me one "
                  "afternoon.\nManager: Then paper only for those who ask for it. Can you write to "
                  "them "
                  "this week?\nDesigner: Sure. I will write to them on Thursday.\n\nQuestion: What "
                  "was "
                  "said about the newsletter?",
                  "Manager said that printing costs ninety pounds each time and wants paper only "
                  "for "
                  "those who ask for it. Designer could send it by e-mail and will write to the "
                  "readers "
                  "on Thursday."},
                 {"Prof A: The echo is the main problem. With forty people in the hall the "
                  "microphones "
                  "hear everything twice.\nStudent B: We tried the curtains last week, and it was "
                  "better in the back rows, but not in front.\nProf A: How many curtains do we "
                  "have?\nStudent B: Six. We could borrow four more from the theatre.\nProf A: "
                  "Let's do "
                  "that before we buy new microphones.\n\nQuestion: Summarize the meeting.",
                  "Prof A said that the echo is the main problem, because the microphones hear "
                  "everything twice. Student B said that the curtains were better in the back rows "
                  "but "
                  "not in front, and that they could borrow four more from the theatre."}},
            .n_shots = 3,
            .max_tokens = 110,
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
            .system = "Tu résumes des conversations en une ou deux phrases courtes : qui veut, "
                      "demande, dit ou fait quoi. N'utilise que les faits de la conversation.",
            .before = "Conversation :\n",
            .after = "\n\nRésumé :",
            .shots =
                {{"Léa : Tu es libre samedi ?\nMarc : Pourquoi ?\nLéa : C'est mon anniversaire et "
                  "nous invitons quelques amis à dîner. J'aimerais que tu viennes.\nMarc : Oh, "
                  "quel dommage ! Je dois travailler ce week-end. Le magasin déménage.\nLéa : "
                  "Personne ne peut te remplacer ?\nMarc : Je ne crois pas. Mais déjeunons "
                  "ensemble la semaine prochaine.",
                  "Léa et Marc parlent d'un dîner d'anniversaire. Léa invite Marc, mais Marc doit "
                  "travailler ce week-end."},
                 {"Cliente : Bonjour, je cherche des chaussures de marche.\nVendeur : Que "
                  "pensez-vous de celles-ci ? Elles sont légères.\nCliente : Elles sont jolies. "
                  "Combien coûtent-elles ?\nVendeur : Quatre-vingt-dix euros.\nCliente : C'est "
                  "plus que prévu. Vous pouvez me faire une remise ?\nVendeur : Je peux enlever "
                  "dix euros.\nCliente : D'accord, je les prends.",
                  "Cliente et Vendeur parlent de chaussures de marche. Cliente demande une remise "
                  "et Vendeur enlève dix euros."},
                 {"Nadia : Alors, tu te plais au village ?\nPaul : C'est calme et l'air est bon. "
                  "Mais il n'y a qu'un bus par jour, et les cinémas me manquent.\nNadia : Je ne "
                  "pourrais jamais quitter la ville. Tout est près, et mes amis sont ici.\nPaul : "
                  "Viens nous voir en été. Les enfants nagent dans le lac.",
                  "Nadia et Paul parlent de la vie au village. Paul aime le calme, mais Nadia "
                  "préfère la ville."}},
            .n_shots = 3,
            .max_tokens = 68,
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
    [PROMPT_TRANSLATE] =
        {
            .system = "Tu traduis des phrases anglaises en français. Garde tous les noms, les "
                      "nombres et les dates.",
            .before = "Anglais : ",
            .after = "\nFrançais :",
            .shots =
                {{"The town hall of Tours has not yet set the date of the works, estimated at 2.5 "
                  "million euros.",
                  "La mairie de Tours n'a pas encore fixé la date des travaux, estimés à 2,5 "
                  "millions d'euros."},
                 {"Hello Claire, could you send me the signed contract before noon on Friday?",
                  "Bonjour Claire, pourriez-vous m'envoyer le contrat signé avant vendredi midi ?"},
                 {"Karim: The 40 volunteers will have to be told before 12 March.",
                  "Karim : Il faudra prévenir les 40 bénévoles avant le 12 mars."},
                 {"According to the investigators, the driver of the truck fell asleep at the "
                  "wheel.",
                  "Selon les enquêteurs, le conducteur du camion s'est endormi au volant."}},
            .n_shots = 4,
            .max_tokens = 130,
        },
    [PROMPT_ANSWER] =
        {
            .system =
                "Tu réponds à une question sur une réunion en deux ou trois phrases, d'après des "
                "extraits de ce qui a été dit. Raconte à la troisième personne qui a dit, pensé ou "
                "demandé quoi. N'utilise que les mots et les faits des extraits.",
            .before = "Extraits :\n",
            .after = "\nRéponse :",
            .shots =
                {{"Nora : Alors, l'accueil. Je pense qu'il doit rester en bas, parce que les gens "
                  "viennent avec des poussettes.\nÉric : En haut nous aurions plus de lumière, et "
                  "il y a "
                  "de la place pour l'imprimante.\nNora : Oui, mais l'ascenseur est souvent en "
                  "panne. Je "
                  "préfère mettre une deuxième lampe ici.\n\nQuestion : Que pense Nora du "
                  "déménagement "
                  "de l'accueil ?",
                  "Nora pense que l'accueil doit rester en bas, parce que les gens viennent avec "
                  "des "
                  "poussettes et que l'ascenseur est souvent en panne. Nora préfère mettre une "
                  "deuxième "
                  "lampe."},
                 {"Directrice : Nous avons trois cents lecteurs sur papier, et l'impression nous "
                  "coûte "
                  "quatre-vingt-dix euros à chaque fois.\nGraphiste : Je pourrais l'envoyer par "
                  "courriel, "
                  "cela me prend un après-midi.\nDirectrice : Alors le papier seulement pour ceux "
                  "qui le "
                  "demandent.\nGraphiste : Je leur écrirai jeudi.\n\nQuestion : Résume la réunion.",
                  "Directrice dit que l'impression coûte quatre-vingt-dix euros à chaque fois et "
                  "veut le "
                  "papier seulement pour ceux qui le demandent. Graphiste pourrait l'envoyer par "
                  "courriel "
                  "et écrira jeudi aux lecteurs."}},
            .n_shots = 2,
            .max_tokens = 130,
        },
};

const prompt *prompt_find(prompt_use use, bool french)
{
    return french ? &FRENCH[use] : &ENGLISH[use];
}
