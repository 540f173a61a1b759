"""Names of people as forms, letters and mails give them away: behind a label, a title or a greeting, above a signature.

No model is needed for these, and any language with capital letters will do: what is asked of the words is that they are
capitalised, few, and none of those that `checks_people` knows.
"""

from typing import Final

from expunct_server.redaction.patterns import checks_people
from expunct_server.redaction.patterns.row import Pattern, expression

_PARTICLE: Final = r"(?:v[ao]n(?:[ ](?:der?|den|het))?|vom|zu[mr]?|de(?:[ ](?:la|las|los|el))?|d[aeiou]s?|del(?:la)?|dell|l[ae]|el|al|bin|ibn|ben|af|av|ter?|ten)"
_WORD: Final = r"(?:[DLO]['’])?\p{Lu}(?:\.|[\p{L}\p{M}]{1,30}(?:['’\-]\p{L}{1,30}){0,2})"
_NAME: Final = rf"(?:{_PARTICLE}[ ])?{_WORD}(?:[ ](?:(?:{_PARTICLE}|y|e|i|St\.)[ ])?{_WORD}){{0,3}}"
_TWO: Final = rf"(?:{_PARTICLE}[ ])?{_WORD}(?:[ ](?:(?:{_PARTICLE}|y|e|i|St\.)[ ])?{_WORD}){{1,3}}"
"""A name of two words at least."""
_NAMES: Final = rf"(?:{_WORD}(?:[ ]{_WORD})?,[ ]{_WORD}(?:[ ]{_WORD})?(?![\p{{L}}'’\-]|[ ]?:)|{_NAME})"
"""`Jane van der Berg`, or `BERG, Jane`."""
_END: Final = r"(?![\p{L}\p{N}_@]|['’\-]\p{L}|[ ]&[ ]|[ ]?:)"

_TITLE: Final = (
    r"(?:Mr|Mrs|Ms|Mx|Dr|Prof|Rev|Hr|Fr|Sr|Sra|Srta|Dña|Dott|Sig|Dhr|Mevr|Mw|Mme|Mlle|Me|Ing|Ir|Drs|Mag|Exmo|Exma|Avv)\."
    r"|Sig\.(?:ra|na)|Dott\.ssa|Mrs?|Ms|Mx|Miss|Dr|Prof|Sir|Dame|Herrn?|Frau|Monsieur|Madame|Mademoiselle|Mme|Mlle|Me|Maître|Professor|Professeur|Profesora?"
    r"|Señor(?:a|ita)?|Senhora?|Dona|Doña|Signora?|Signorina|Dottor|Dottoressa|[Dd]e heer|[Hh]eer|[Mm]evrouw|Pan[ai]?|Panu|Panią|paní|pane|Fru|Fröken"
)
_TITLES: Final = rf"(?:(?:{_TITLE})[ ]){{1,3}}"
_COLON: Final = r"[\"'*]{0,3}[ \t]{0,4}[:=：][ \t\"'*|]{0,6}(?:\r?\n[ \t]{0,8})?"
_BETWEEN: Final = rf"(?:{_COLON}|[ \t]{{0,4}}\|[ \t]{{0,4}})"
"""From a label to its name: a colon, or the border of a table's cell."""

_SURE: Final = (
    r"(?:full|preferred|taxpayer|owner|seller|buyer|keeper|beneficiary|provider|physician|doctor|recipient|sender|payee|borrower|traveller|traveler|passenger|first|last|given|family|middle|maiden|legal|birth|patient|client|customer|employee|applicant|insured|member|student|tenant|driver|contact|account holder|holder|spouse|guest|father'?s|mother'?s)(?:'s|’s)?[ _]?names?"
    r"|surname|forenames?|name of (?:the )?(?:patient|insured|applicant|employee|client|tenant|child|deceased|witness)|name[ _]\(?(?:last|first|print|printed)[ ,a-z]{0,16}\)?"
    r"|vor-?[ ]?und[ ]nachname|vorname[n]?|(?:familien|nach|geburts|zu)name|name des patienten|nom(?: et)? pr[ée]noms?|nom de famille|pr[ée]noms?|apellidos?(?: y nombres?)?|nombre(?: y apellidos?| completo)"
    r"|cognome(?: e nome)?|nome(?: e cognome| completo)|sobrenome|apelido|voornaam|achternaam|f[öo]rnamn|efternamn|fornavn|etternavn|etunimi|sukunimi|imi[ęe](?: i nazwisko)?|nazwisko|jm[ée]no(?: a p[řr][íi]jmen[íi])?|p[řr][íi]jmen[íi]"
)
_LIKELY: Final = (
    r"(?<!(?:file|host|user|product|brand|domain|server|project|column|field|table|class|function|variable|display|company|business|trade|firm|event|account|game|team|group|song|book|dataset|model|package|module|service|app|application|network|device|drug|generic|street|city|place|country|school|bank|plan|policy|course|site|room|building|ship|vessel|pet|dog|cat|horse|item|article|code|branch|repo|repository|image|container|cluster|bucket|queue|topic|key|script|job|task|step|test|printer|nick|screen|login|tag|path|type)[ _\-])name|patient(?:in)?|attn\.?|attention|contact(?: person)?|emergency contact|next of kin|witness(?:ed by)?|notary|tenant|landlord|lessee|lessor|buyer|seller|borrower|lender|insured|claimant|defendant|plaintiff|petitioner"
    r"|respondent|beneficiary|applicant|employee|employer contact|manager|supervisor|deputy|author|interpreter|translator|interviewer|interviewee|attendees?|present|physician|doctor|provider|surgeon|nurse|therapist|referring(?: physician| doctor)?|ref\.? dr\.?|pcp"
    r"|(?:signed|prepared|approved|reviewed|reported|requested|submitted|authori[sz]ed|witnessed|issued|verified|received|assigned|written|created|completed|dictated|checked|taken|ordered|called|treated|drawn)[ _](?:by|to)"
    r"|assignee|reporter|requester|recipient|sender|payee|payer|contractor|guarantor|co-borrower|shareholder|traveler|policy ?holder|(?:electronically )?signed|signature|rider|owner|keeper|holder|guardian|parent|mother|father|spouse|husband|wife|guest|passenger|traveller|driver|student|teacher|caller|customer|client|cc|bcc"
    r"|ansprechpartner(?:in)?|kontakt(?:person)?|z\.? ?hd\.?|mieter(?:in)?|vermieter(?:in)?|zeuge|zeugin|arzt|ärztin|hausarzt|sachbearbeiter(?:in)?|bearbeiter(?:in)?|kunde|kundin|mitarbeiter(?:in)?|empf[äa]nger(?:in)?|absender(?:in)?|versicherte[rn]?|antragsteller(?:in)?|unterschrift|verfasser(?:in)?"
    r"|nom|patiente|contact|à l['’]attention de|locataire|propriétaire|t[ée]moin|m[ée]decin|destinataire|exp[ée]diteur|assur[ée]e?|demandeur|titulaire|client|cliente|signataire"
    r"|nombre|paciente|contacto|a la atenci[óo]n de|inquilin[oa]|propietari[oa]|testigo|m[ée]dico|destinatari[oa]|remitente|asegurad[oa]|solicitante|titular|firmado por"
    r"|nome|paziente|contatto|alla cortese attenzione di|inquilino|testimone|medico|destinatario|mittente|assicurat[oa]|richiedente|intestatario|firmato da"
    r"|naam|pati[ëe]nt|contactpersoon|t\.?a\.?v\.?|huurder|verhuurder|getuige|arts|ontvanger|afzender|verzekerde|aanvrager|klant"
    r"|utente|contato|ao cuidado de|testemunha|destinat[áa]rio|remetente|requerente"
    r"|pacjent(?:ka)?|kontakt|najemca|wynajmujący|świadek|lekarz|odbiorca|nadawca|wnioskodawca|klient(?:ka)?"
    r"|namn|kontakt(?:person)?|hyresgäst|vittne|läkare|mottagare|avsändare|sökande|kund|navn|nimi|potilas"
)
_GREETINGS: Final = (
    r"Dear|My dear|Dearest|Hi|Hello|Hey|Hiya|Good (?:morning|afternoon|evening)|Greetings|Sehr geehrter?|Geehrter?|Liebe[rs]?|Hallo|Guten (?:Tag|Morgen|Abend)|Servus|Moin|Ch[eè]re?|Bonjour|Bonsoir|Salut"
    r"|Estimad[oa]|Querid[oa]|Hola|Buenos d[íi]as|Gentile|Egregi[oa]|Gent\.m[oa]|Spett\.le|Car[oa]|Ciao|Buongiorno|Buonasera|Geachte|Beste|Lieve|Hoi|Dag|Prezad[oa]|Exm[oa]\.|Ol[áa]|Bom dia"
    r"|Szanown[ya]|Drog[ai]|Cze[śs][ćc]|Witaj|Dzie[ńn] dobry|K[äa]ra|B[äa]st[ea]|Hej|Hei|Hyv[äa]|Kjære|Kære|V[áa][žz]en[ýáyi]|Mil[ýáí]|Dobr[ýé] den,|Уважаем(?:ый|ая)|Здравствуйте,|Привет,|Дорог(?:ой|ая)"
)
_CLOSINGS: Final = (
    r"(?:(?:kind(?:est)?|best|warm(?:est)?|many)[ ])?regards|(?:with )?(?:all )?best wishes|(?:yours[ ])?(?:sincerely|truly|faithfully|respectfully)(?:[ ]yours)?|best|cheers|thanks(?: again| so much)?|many thanks|thank you|love|cordially|warmly|respectfully submitted|yours"
    r"|(?:mit )?(?:freundlichen|besten|herzlichen|lieben|vielen|freundliche|beste|herzliche|liebe|viele) gr[üu](?:ß|ss)(?:en|e)?|mfg|vg|lg|hochachtungsvoll|(?:bien )?cordialement|bien [àa] vous|salutations(?: distingu[ée]es)?|amicalement|sinc[èe]res salutations"
    r"|atentamente|(?:un )?(?:cordial )?saludos?(?: cordiales)?|cordialmente|(?:cordiali|distinti|cari|tanti) saluti|un caro saluto|(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|hoogachtend"
    r"|(?:com os )?(?:melhores |meus )?cumprimentos|atenciosamente|abra[çc]os?|z powa[żz]aniem|pozdrawiam|(?:z )?(?:serdeczn(?:e|ymi) )?pozdrowieni(?:a|ami)|(?:med )?v[äa]nlig(?:a)? h[äa]lsning(?:ar)?|h[äa]lsningar|mvh|med vennlig hilsen|hilsen|venlig hilsen|yst[äa]v[äa]llisin terveisin"
)
_LAST_WORDS: Final = r"regards|best wishes|sincerely|faithfully|truly|best|cheers|thanks|thank you|love|yours|gr[üu](?:ß|ss)en?|mfg|vg|lg|cordialement|atentamente|saludos|saluti|groet(?:en|jes)?|cumprimentos|pozdrawiam|h[äa]lsningar|mvh|hilsen"
_SAID: Final = (
    r"my name(?:'s|’s| is)|(?:he|she|they) (?:is|are) called|(?:this is|it's|it’s)(?=[ ]\p{Lu}\p{Ll}{1,20}(?:[ ]\p{Lu}\p{Ll}{1,20})?[ ](?:speaking|calling|from|here))|ich heiße|mein name ist|je m['’]appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome è"
    r"|ik heet|mijn naam is|(?:o )?meu nome é|me chamo|nazywam się|mam na imię|jag heter|mitt namn är|jeg heter|jeg hedder|minun nimeni on"
)
_SIGNED: Final = r"(?:electronically |digitally )?(?:signed|countersigned|notari[sz]ed|witnessed|prepared|dictated|written|reviewed|approved|submitted|reported) by|/s/|gez\.|sign[ée] par|firmado por|firmato da|getekend door|assinado por|podpisan[oey] przez|undertecknat av"

_ROLES: Final = (
    r"(?:patient|customer|client|tenant|landlord|lessee|lessor|buyer|seller|borrower|lender|holder|driver|employee|applicant|claimant|defendant|plaintiff|beneficiary|recipient|witness|guardian|subscriber|colleague|guest|passenger|student|teacher|tester|rider|owner|pharmacist|prescriber"
    r"|midwife|chaplain|solicitor|attorney|lawyer|counsel|secretary|executor|surname|first name|last name|full name|(?:employee|patient|customer|client) name)"
    r"|(?:Patient(?:in)?|Kund(?:e|in)|Fahrer(?:in)?|Inhaber(?:in)?|Kontoinhaber(?:in)?|Mieter(?:in)?|Mitarbeiter(?:in)?|Kolleg(?:e|in)|Zeug(?:e|in)|Halter(?:in)?|Empfänger(?:in)?|Versicherte[rn]?)|[Pp]aciente|conductora?|titular|[Pp]atiente?|titulaire|conducteur|paziente|intestatario|pati[ëe]nt|właściciel|pacjent(?:ka)?"
)
_KIN: Final = (
    r"brother|sister|mother|father|mum|mom|dad|son|daughter|wife|husband|spouse|partner|fianc[ée]e?|niece|nephew|aunt|uncle|cousin|grand(?:mother|father|son|daughter)|stepson|stepdaughter|step(?:mother|father)|nanny|friend|neighbou?r|boyfriend|girlfriend|[Tt]ochter|[Ss]ohn|[Bb]ruder|[Ss]chwester|[Ee]hemann|[Ee]hefrau"
    r"|fr[èe]re|s(?:œ|oe)ur|[ée]pouse|[ée]poux|fils|fille|hermano|hermana|hij[oa]|espos[oa]|marido|fratello|sorella|figli[oa]|moglie|marito|broer|zus|zoon|dochter"
)
_OWNING: Final = (
    r"(?:issued|belongs?|belonging|granted|registered|assigned|addressed|payable|made out|delivered|licensed|prescribed|refund(?:ed)?) to|property of|on behalf of|(?:held|owned|driven|escalated|reported|accompanied|submitted|dictated) by|(?:last will|estate|chart|request|record|file) of|certify that|in the name of|to the order of"
    r"|appartient [àa]|au nom de|[àa] l['’]ordre de|a nombre de|a nome di|intestat[oa] a|op naam van|auf den namen|ausgestellt (?:auf|für)|em nome de"
)

_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "no", "da", "fi", "cs", "ru")


def _row(
    name: str,
    source: str,
    score: float,
    examples: tuple[str, ...],
    near_misses: tuple[str, ...],
) -> Pattern:
    return Pattern(
        name=name,
        entity_type="PERSON",
        expression=expression(source),
        score=score,
        check=checks_people.person,
        check_name="name",
        languages=_LANGUAGES,
        examples=examples,
        near_misses=near_misses,
    )


ROWS: Final = (
    _row(
        "person_labelled",
        rf"(?<![\p{{L}}\p{{N}}])(?i:{_SURE}){_BETWEEN}(?:{_TITLES})?(?P<v>{_NAMES}){_END}",
        0.8,
        (
            "Full name: «Jane Doe»", "Last name: «O'Neil»", "Patient Name | «DOE, Jane»", "Vorname: «Anna-Lena»", "Nom de famille : «de la Tour»", "first_name=«Ana»", "Imię i nazwisko: «Jan Nowak»",
            "Nombre y apellidos: «Ana María Cruz Vega»", '"surname": "«Doe»"', "Name of patient:\n«Jane Q. Doe»",
        ),
        ("first name: required", "Last name: Date of Birth", "full name: see attachment", "surname Doe", "First name: Last name:"),
    ),
    _row(
        "person_role",
        rf"(?<![\p{{L}}\p{{N}}_\-])(?i:{_LIKELY}){_COLON}(?:{_TITLES})?(?P<v>{_NAMES}){_END}",
        0.7,
        (
            "Name: «Jane Doe»", "Patient: «DOE, Jane»", "Contact: «Ana Cruz» (sister)", "Attn: «Max Muster»", "Ansprechpartnerin: Frau «Anna Muster»", "Nom : «Dupont»", "Naam: «Jan van der Berg»", "Paziente: «Mario Bianchi»",
            "Witness: «Joan Doe»", "Approved by: «J. Doe»", "Médecin : Dr «Dupont»", "cc: «Jane Doe»; John", "Namn: «Åsa Berg»", "Owner: «Jane Doe»",
        ),
        (
            "Name: see attachment", "Contact: Support Team", "Patient: unknown", "Attention: Accounts Payable", "File name: Annual Draft", "Name: Date", "Contact: Help Desk", "Owner: root", "Seller: to be confirmed", "Approved by: Quality Assurance",
            "Product name: Blue Lagoon", "host-name: Atlas",
        ),
    ),
    _row(
        "person_signed",
        rf"(?<![\p{{L}}\p{{N}}])(?i:{_SIGNED})[ ]{{1,2}}(?:{_TITLES})?(?P<v>{_NAMES}){_END}",
        0.7,
        ("Signed by «Jane Doe» in ink", "electronically signed by Dr. «J. Doe»", "/s/ «Jane Q. Doe»", "gez. «Max Muster»"),
        ("Signed by the Board", "Prepared by Finance Department", "signed by hand"),
    ),
    _row(
        "person_titled",
        rf"(?<![\p{{L}}\p{{N}}])(?:(?:Mr\.?|Herr|Monsieur|M\.|Sr\.)[ ](?:and|&|und|et|y)[ ](?:Mrs\.?|Ms\.?|Dr\.?|Frau|Madame|Mme|Sra\.)[ ]|{_TITLES})(?P<v>{_NAME}){_END}",
        0.7,
        ("Mr. and Mrs. «Okafor» came", "saw Dr «Anand» today", "Frau Dr. «Peters» kam", "Herr «von Bülow»", "Sehr geehrte Frau «Muster»,", "heer «van der Linden»", "Sig.ra «Moretti»", "Exmo. Sr. «Fonseca»,", "Mme «Odile Fournier»", "Prof. Dr. «Max Muster»"),
        ("Dr. Pepper", "Mr. President", "Sir or Madam", "the Dr. is in", "Mr. Clean", "Frau und Mann", "Miss Universe Committee"),
    ),
    _row(
        "person_greeted",
        rf"(?<![\p{{L}}\p{{N}}])(?:{_GREETINGS})[ ](?:{_TITLES})?(?P<v>{_NAME})(?=[ ]?(?:[,:!;–—\r\n]|-[ \n]|\.[ \n]|\Z|(?:and|und|et|y|e|en|och|&)[ ]\p{{Lu}}))",
        0.7,
        ("Dear Ms. «Miller»,", "Dear «Tobias»,", "Hi «Priya», did", "Hello Mr. «Doe»,", "Liebe «Annegret», danke", "Chère «Odile»,", "Estimado Sr. «Olmedo»:", "Hej «Måns»!", "Dear «Jane Doe»\n"),
        ("Dear Customer,", "Dear Sir or Madam,", "Hi Team,", "Hello World!", "Dear Hiring Team,", "Hi all,", "Dear Colleague,", "Liebe Kolleginnen,", "Hello there,", "Dear Valued Customer,"),
    ),
    _row(
        "person_closing",
        rf"(?<![\p{{L}}\p{{N}}])(?i:{_CLOSINGS})[ ]?[,.!]{{0,3}}[ \t]{{0,4}}(?:\r?\n[ \t]{{0,8}}){{1,3}}(?:[-–—][ ]?)?(?:{_TITLES})?(?P<v>{_NAME})(?=[ \t]{{0,4}}(?:[\r\n,|(]|\.?[ \t]{{0,4}}\Z))",
        0.7,
        ("Regards,\n«Jane Doe»", "Kind regards,\n\n«P. J. Doe»\nBuyer", "Best,\n«Rosa»", "Mit freundlichen Grüßen\n«Max Muster»", "Cordialement,\n«Benoît Dupont»", "Med vänliga hälsningar\n«Åsa Berg»", "Thanks!\n«Milo»"),
        ("Regards,\nThe Support Team", "Thanks,\nTeam Blue", "Best\npractice", "Regards,\nSales Department", "regards Jane Doe", "Thank you,\nWe will call"),
    ),
    _row(
        "person_before_mail",
        rf"(?<![\p{{L}}\p{{N}}])(?:{_TITLES})?[\"']?(?P<v>{_NAMES})[\"']?[ ]{{0,2}}[<(\[](?:mailto:)?(?=[^\s<>@\"']{{1,64}}@[\p{{L}}\p{{N}}])",
        0.75,
        ("From: «Jane Doe» <jane@example.org>", 'To: "«Doe, Jane»" <jane@example.org>', "ask «Max Muster» (max@example.org)", "«Jane» <j@example.org>"),
        ("Support Team <help@example.org>", "write to us <help@example.org>", "Customer Service <cs@example.org>", "Jane Doe <see>"),
    ),
    _row(
        "person_said",
        rf"(?<![\p{{L}}\p{{N}}])(?i:{_SAID})[ ](?:{_TITLES})?(?P<v>{_NAME}){_END}",
        0.7,
        ("My name is «Jane Doe» and", "Hi, this is «Ana» from the bank", "ich heiße «Max Muster».", "je m'appelle «Odile»", "me llamo «Ana Cruz»,", "jag heter «Åsa»"),
        ("my name is not on it", "This is Customer Support calling", "this is Berlin", "ich heiße euch willkommen"),
    ),
    _row(
        "person_closing_inline",
        rf"(?<![\p{{L}}\p{{N}}])(?i:{_LAST_WORDS})[,!.][ ]{{1,2}}(?P<v>{_NAME})(?=[ \t]{{0,4}}(?:[\r\n]|,[ ]|\.?\s{{0,20}}\Z))",
        0.65,
        ("See you. Best, «Rosa Muster»", "Thanks! «Ana Cruz»\n", "Yours sincerely, «Jane Doe», Buyer", "LG, «Max»"),
        ("Thanks, Team", "Best, Friday", "thank you, Doctor", "All the best, see"),
    ),
    _row(
        "person_beside_role",
        rf"(?<![\p{{L}}\p{{N}}_\-])(?:{_ROLES})[ ](?:{_TITLES})?(?P<v>{_TWO}){_END}",
        0.6,
        ("the patient «Jane Doe», admitted", "seller «Cornelius Muster»", "Fahrer «Max Muster»", "paciente «Ana Cruz»", "employee name «Jane Doe»", "tenant Mr. «John Q. Doe»"),
        ("patient Jane", "patient Education Basics", "customer Service Desk", "driver Update 4", "the owner of Acme"),
    ),
    _row(
        "person_kin",
        rf"(?<![\p{{L}}\p{{N}}_\-])(?:{_KIN}),?[ ](?P<v>{_NAME}){_END}",
        0.6,
        ("his brother «Harjit» in", "my wife, «Ana Cruz», and", "sein Bruder «Max»", "su hermano «Luis»"),
        ("my mother The", "her friend Monday", "brother in law", "sister company"),
    ),
    _row(
        "person_owning",
        rf"(?<![\p{{L}}\p{{N}}_\-])(?i:{_OWNING})[ ](?:{_TITLES})?(?P<v>{_TWO}){_END}",
        0.6,
        ("(laptop issued to «Jane Doe»)", "certify that «Ana Cruz» is", "appartient à «Odile Dupont»", "a nombre de «Ana Cruz»", "held by «Max Muster»."),
        ("issued to Jane", "held by The Bank", "property of Sales Department", "on behalf of Quality Management"),
    ),
    _row(
        "person_before_birth",
        rf"(?<![\p{{L}}\p{{N}}'’\-])(?P<v>{_TWO})(?=,?[ ]\(?(?i:born|b\.|dob|d\.o\.b|date of birth|n[ée]e?|geb(?:oren)?|nacid[oa]|nat[oa] (?:il|a)|nascid[oa]|ur\.|född|født|aged?|\d{{1,3}}[- ]?(?:year|yr|y/?o|jährig))(?![\p{{L}}]))",
        0.65,
        ("«Jane Doe», born 4 May", "«Max Muster» (geb. 4.5.1980)", "«Theodora Muster», 62-year-old", "«Odile Dupont», née le", "«Ana Cruz», DOB 4/5/1980"),
        ("Date Of Birth, born", "Jane born", "Quality Management, aged", "it was born"),
    ),
    _row(
        "person_listed",
        rf"(?<=(?<![\p{{L}}\p{{N}}])(?i:cc|bcc|to|attendees|present|participants|guest list[^:\n]{{0,12}}|guests|members|teilnehmer|anwesend|participants|pr[ée]sents|asistentes|presenti|aanwezig):[^\n:]{{1,240}}(?:[,;]|[ ](?:and|und|et|y|e|en))[ ]?)(?:{_TITLES})?(?P<v>{_TWO})(?=[ ]?(?:[,;.\r\n<(]|and|und|et|y|\Z))",
        0.65,
        ("cc: J; «Ana Cruz»", "Attendees: Jane Doe, «Max Muster»\n", "Guest list so far: A, «Li Wen», x", "Present: Ana Cruz and «Jane Doe»."),
        ("cc: Jane Doe", "attendees: a, Support Team", "to: 12, New Delhi: x"),
    ),
    Pattern(
        name="person_sama",
        entity_type="PERSON",
        expression=expression(r"(?<![\p{Han}])(?P<v>\p{Han}{1,4}[ \u3000]?\p{Han}{1,4})(?=[ \u3000]?(?:様|さん|殿|先生|女士|小姐))"),
        score=0.7,
        check_name="name",
        languages=("ja", "zh"),
        examples=("«佐藤 美咲»様", "«鈴木 一郎»さん"),
        near_misses=("お客様", "様", "皆様"),
    ),
)  # fmt: skip
