"""Whether capitalised words behind a label, a title or a greeting can be somebody's name."""

import re
from typing import Final

_WORD = re.compile(r"[^\s,]+")
_FENCE: Final = " \t.,;:'’-"

_NEVER_WORDS: Final = (
    # Nobody in particular, or nobody known.
    "unknown none null nil n/a na tbd tba tbc pending anonymous undefined various same self see please yes no not other others"
    " all everyone everybody anybody someone folks there again both each any it this that these those here first last full given"
    " middle family unbekannt keine keiner siehe bitte alle zusammen inconnu inconnue aucun néant voir tous toutes desconocido"
    " desconocida ninguno ninguna véase todos todas sconosciuto sconosciuta nessuno vedi tutti tutte onbekend geen zie allen"
    " iedereen desconhecido nenhum ver nieznany nieznana brak wszyscy okänd ingen alla se"
    # Who is greeted without a name.
    " sir sirs madam madams customer customers client clients colleague colleagues friend friends member members subscriber user"
    " users reader readers student students parent parents patient patients guest guests resident residents neighbour neighbor"
    " neighbours neighbors applicant applicants candidate candidates employee employees shareholder shareholders ladies gentlemen"
    " gentleman lady valued editor editors recruiter landlord tenant tenants professor doctor mom mum dad mother father grandma"
    " grandpa santa god lord diary mr mrs ms miss messrs mister dr prof rev sr sra srta sig sig.ra dott dott.ssa dhr mevr mw mme mlle me exmo exma hr fr avv ing world kitty guys damen herren herr frau kunde kunden kundin"
    " kollege kollegen kolleginnen freunde mitglied mitglieder leser welt monsieur madame mesdames messieurs mademoiselle client"
    " clientes cliente señor señora señores señoras amigo amigos amiga signore signora signori gentili cliente heer mevrouw heren"
    " dames klant klanten collega senhor senhora senhores państwo pan pani panie panowie klienci kund kunder kära"
    # Words that begin sentences and headings.
    " the a an and or of for from to with by in on at we you i he she they our your his her their my if when as is are was were has"
    " have will would thank thanks best kind regards sincerely yours sent der die das und oder für von mit wir sie ich vielen danke"
    " le la les et ou nous vous je merci el los las y o nosotros gracias il lo gli e noi grazie de het en wij dank os nós obrigado"
    # What a form has beside a name.
    " name names date dates time phone telephone tel fax mobile email e-mail mail address street city state zip country age sex"
    " gender dob birth born title position role department dept number no id ssn mrn signature signed subject re ref status type"
    " account amount total page details info information notes note required optional male female gender language website url"
    " datum unterschrift geburtsdatum adresse anschrift telefon telefax straße ort alter geschlecht nachname vorname nom prénom"
    " adresse téléphone fecha firma dirección teléfono nombre apellido apellidos data nome cognome indirizzo telefono naam adres"
    " telefoon geboortedatum namn adress morada telefone imię nazwisko adres"
    # Brands behind titles.
    " pepper clean martens oetker"
)
_NEVER: Final = frozenset(_NEVER_WORDS.split())
"""What no name begins with; a name ends before it."""

_OF_NO_PERSON_WORDS: Final = (
    "team teams department departments dept division office offices desk helpdesk support service services center centre bureau"
    " committee board council commission authority agency ministry administration management staff personnel unit group squad panel"
    " company corporation corp inc ltd llc llp gmbh plc ag limited incorporated bank insurance university college school hospital"
    " clinic institute laboratory lab labs foundation trust association society union church party government court police"
    " sales marketing finance accounting accounts payable receivable billing legal compliance procurement purchasing logistics facilities"
    " operations engineering development research quality assurance security reception hr resources relations recruiting hiring"
    " customer client public network networks systems system software hardware server database project product products program"
    " programme manager managers director directors officer officers supervisor supervisors secretary assistant coordinator administrator"
    " engineer engineers specialist specialists analyst analysts consultant consultants technician technicians representative"
    " representatives agent agents president vice chairman executive executives nurse physician surgeon therapist pharmacist attorney education safety benefits update error warning info debug"
    " monday tuesday wednesday thursday friday saturday sunday january february april july august september october november december"
    " report draft attachment attached above below file files folder document documents form forms copy list page chapter section"
    " education portal basics guide guides manual policy statement statements value high low street road avenue lane square park"
    " kundendienst kundenservice abteilung leitung geschäftsleitung geschäftsführung vertrieb verkauf einkauf buchhaltung"
    " personalabteilung zentrale verwaltung büro sekretariat redaktion empfang service équipe direction comptabilité accueil"
    " secrétariat serviço equipo departamento dirección atención ventas administración recepción ufficio servizio direzione"
    " amministrazione segreteria clienti afdeling klantenservice directie administratie verkoop equipe departamento atendimento"
    " dział biuro obsługa kundtjänst avdelning avdelningen"
)
_OF_NO_PERSON: Final = frozenset(_OF_NO_PERSON_WORDS.split())
"""What makes words the name of an office, a post or a thing."""


def person(candidate: str) -> int:
    """The leading words that can be a name; nothing when the first of them cannot, or when one names an office."""
    held = 0
    for match in _WORD.finditer(candidate):
        word = match[0].strip(_FENCE).casefold()
        if word in _OF_NO_PERSON:
            return 0
        if match[0].islower():  # a particle, which the row allows before a name: `de` says nothing by itself
            continue
        if word in _NEVER and not (len(word) == 1 and match[0].endswith(".")):  # `A.` and `I.` are initials
            break
        held = match.end()
    held = len(candidate[:held].rstrip(" ,;:-'’"))
    return held if sum(c.isalpha() for c in candidate[:held]) > 1 else 0


def organization(candidate: str) -> int:
    """Words before a legal form that are a firm's name, not what a legal form is told of (`a Private Limited`)."""
    words = [match[0].strip(_FENCE).casefold() for match in _WORD.finditer(candidate)]
    return len(candidate) if len(words) > 1 and words[0] not in _KINDS and words[-2] not in _KINDS else 0


_KINDS_WORDS: Final = (
    "private public company time speed edition limited type class grade group size version series exhibit section table appendix"
    " blood category model option phase level unit zone battery vitamin hepatitis"
)
_KINDS: Final = frozenset(_KINDS_WORDS.split())
