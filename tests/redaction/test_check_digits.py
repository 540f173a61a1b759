"""Numbers with check digits: made by rule they are found, with one character changed they are not."""

import random
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from expunct_server.redaction.custom import NOTHING
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.patterns import PATTERNS, check_digits, check_digits_world, checks
from expunct_server.redaction.patterns.__main__ import documentation
from expunct_server.redaction.scan import scan
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import ALL

ROWS = {row.name: row for row in PATTERNS}
# The module of python-stdnum that is the judge of what each row finds.
_JUDGES = """
us_ein=us.ein nl_passport=nl.identiteitskaartnummer gb_nhs=gb.nhs gb_utr=gb.utr gb_vat=gb.vat ie_pps=ie.pps
fr_nir=fr.nir fr_spi=fr.nif fr_siret=fr.siren be_nn=be.nn be_nn_dotted=be.nn nl_bsn=nl.bsn nl_vat=nl.btw
de_steuer_id=de.idnr de_steuernummer=de.stnr de_vat=de.vat at_svnr=at.vnr at_steuernummer=at.tin ch_ahv=ch.ssn
ch_ahv_digits=ch.ssn ch_uid=ch.uid se_personnummer=se.personnummer se_personnummer_dashed=se.personnummer
se_orgnr=se.orgnr no_fodselsnummer=no.fodselsnummer dk_cpr=dk.cpr dk_cvr=dk.cvr fi_hetu=fi.hetu
is_kennitala=is_.kennitala ee_isikukood=ee.ik lt_kodas=lt.asmens es_nie=es.nie es_cif=es.cif
it_codice_fiscale=it.codicefiscale it_partita_iva=it.iva pt_nif=pt.nif pt_cc=pt.cc gr_amka=gr.amka gr_afm=gr.vat
cy_tic=cy.vat tr_tckn=tr.tckimlik tr_vkn=tr.vkn pl_pesel=pl.pesel pl_nip=pl.nip cz_rc=cz.rc cz_dic=cz.dic
sk_dic=sk.dph ro_cnp=ro.cnp ro_cui=ro.cf bg_egn=bg.egn bg_pnf=bg.pnf rs_jmbg=si.emso si_tax=si.ddv rs_pib=rs.pib
hr_oib=hr.oib al_nid=al.nipt ua_rntrc=ua.rntrc ru_inn=ru.inn by_unp=by.unp ca_sin=ca.sin ca_bc_phn=ca.bc_phn
mx_curp=mx.curp mx_rfc=mx.rfc mx_rfc_form=mx.rfc br_cpf=br.cpf br_cpf_digits=br.cpf br_cnpj=br.cnpj
ar_cuit=ar.cuit cl_rut=cl.rut
co_nit=co.nit pe_cui=pe.cui pe_ruc=pe.ruc ec_ci=ec.ci ec_ruc=ec.ruc uy_rut=uy.rut py_ruc=py.ruc ve_rif=ve.rif
do_cedula=do.cedula cr_cpf=cr.cpf gt_nit=gt.nit sv_nit=sv.nit cu_ni=cu.ni in_aadhaar=in_.aadhaar in_pan=in_.pan
in_gstin=in_.gstin in_voter=in_.epic pk_cnic=pk.cnic kr_rrn=kr.rrn kr_brn=kr.brn jp_my_number=jp.in_
my_nric=my.nric th_pin=th.pin id_nik=id.nik id_npwp=id.npwp vn_mst=vn.mst il_id=il.idnr za_id=za.idnr za_tin=za.tin
ke_pin=ke.pin gh_tin=gh.tin dz_nif=dz.nif mu_nid=mu.nid au_tfn=au.tfn au_abn=au.abn nz_ird=nz.ird
"""
JUDGES = dict(pair.split("=") for pair in _JUDGES.split())
# Their modules know dates, regions and kinds of holders, but no check digit.
WITHOUT_DIGIT = {
    "us_ein",
    "mx_rfc_form",
    "nl_passport",
    "de_steuernummer",
    "dk_cpr",
    "in_pan",
    "kr_brn",
    "my_nric",
    "id_nik",
    "ke_pin",
    "dz_nif",
    "al_nid",
    "cr_cpf",
    "cu_ni",
    "pk_cnic",
}


def is_valid(name: str, number: str) -> bool:
    options = {"validate_check_digits": True} if name == "mx_rfc" else {}
    return bool(import_module(f"stdnum.{JUDGES[name]}").is_valid(number.replace(" ", ""), **options))


def parts(name: str) -> tuple[str, str, str]:
    """What stands before, in and behind the marks of a row's first example."""
    before, number, after = ROWS[name].examples[0].replace("»", "«").split("«")
    return before, number, after


def changed(number: str, times: int, chance: random.Random) -> str:
    """`number` with some digits or capitals replaced by others of their kind."""
    places = [i for i, c in enumerate(number) if c.isascii() and c.isalnum()]
    for i in chance.sample(places, min(times, len(places))):
        others = "0123456789" if number[i].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        number = number[:i] + chance.choice(others.replace(number[i], "")) + number[i + 1 :]
    return number


def made(name: str, number: str, valid: bool, times: int, chance: random.Random) -> Iterator[str]:
    """Numbers of the row's form that its judge accepts, or refuses."""
    form = ROWS[name].expression
    for _ in range(20_000):
        other = changed(number, times, chance)
        if is_valid(name, other) is valid and form.fullmatch(other):
            yield other


def found(text: str, name: str) -> list[str]:
    wanted = Wanted.of({ROWS[name].entity_type}, 0.5)
    return [f.text for f in scan(text, wanted, NOTHING) if f.recognizer == ROWS[name].recognizer]


@pytest.mark.parametrize("name", JUDGES)
def test_a_number_with_the_right_check_digit_is_found_and_with_a_wrong_one_it_is_not(name: str) -> None:
    chance = random.Random(name)
    before, number, after = parts(name)
    numbers = made(name, number, True, 3, chance)

    for _ in range(3):
        right = next(numbers)
        assert found(before + right + after, name) == [right]
        if name not in WITHOUT_DIGIT:
            wrong = next(made(name, right, False, 1, chance))
            assert found(before + wrong + after, name) == []


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (check_digits.mrz_td3, "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),  # ICAO Doc 9303 part 4, appendix
        (check_digits.mrz_td2, "D231458907UTO7408122F1204159<<<<<<<6"),  # part 6
        (check_digits.mrz_td1, "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6"),  # part 5
        (check_digits.vin, "1M8GDM9AXKP042788"),
        (check_digits.imei, "490154203237518"),
        (check_digits.iccid, "8944500102198304826"),
        (check_digits.de_pension, "15070649C103"),
        (check_digits.de_health, "A123456780"),
        (check_digits.de_card, "L01X00T471"),
        (check_digits.hu_taj, "111111110"),
        (check_digits.hu_tax, "8071592153"),
        (check_digits.ru_snils, "112-233-445 95"),
        (check_digits.pl_card, "ABA300000"),
        (check_digits.es_dni, "54362315K"),
        (check_digits_world.cn_id, "11010519491231002X"),  # GB 11643-1999
        (check_digits_world.sg_nric, "S1234567D"),
        (check_digits_world.hk_id, "A123456(3)"),
        (check_digits_world.tw_id, "A123456789"),
        (check_digits_world.nz_nhi, "ZZZ0016"),
        (check_digits_world.nz_nhi, "ZZZ00AX"),
        (check_digits_world.au_medicare, "2123 45670 1"),
        (check_digits_world.uy_ci, "1.234.567-2"),
        (check_digits_world.ohip, "9876-543-217"),
        (checks.npi, "1234567893"),
    ],
    ids=lambda v: getattr(v, "__qualname__", v),
)
def test_a_check_of_our_own_knows_the_number_of_its_source_and_no_neighbour(check: Any, number: str) -> None:
    assert check(number) == len(number)
    digits = [i for i, c in enumerate(number) if c.isdigit()]
    neighbours = {number[:i] + d + number[i + 1 :] for i in digits[-9:-1] for d in "0123456789"} - {number}
    refused = [other for other in neighbours if check(other) == 0]
    assert len(refused) >= 0.85 * len(neighbours)


def test_a_number_that_its_label_vouches_for_is_found_with_a_wrong_check_digit_too() -> None:
    text = "PESEL: 44051401458, National ID 85-123456-A-42, NPI 1234567890, Member ID: W1234 56789"

    def kind(finding: Finding) -> tuple[str, str, str | None]:
        return finding.text, finding.entity_type, finding.check

    assert {kind(f) for f in scan(text, Wanted.of(ALL, 0.7), NOTHING)} >= {
        ("44051401458", "NATIONAL_ID", "label"),
        ("85-123456-A-42", "NATIONAL_ID", "label"),
        ("1234567890", "US_NPI", "label"),
        ("W1234 56789", "HEALTH_ID", "label"),
    }


ORDINARY = """
Order 4405140145 of 2024-02-29, invoice 219099998, total 1,234,567.89 EUR, SKU AB-12345-XY, build 1.22.333.4444.
The run took 12345678 ms; see RFC 9110, ISO 3779:2009 and commit 3f2a9c1d5e7b8a90. Tracking 1Z999AA10123456784.
We sin, they run, a tin of 123456789 nuts fell in the inn; pan 36.5741 to 11122233. Serial port COM3, plate tectonics.
version = "10.4.3"; timeout_ms = 1700000000000; id = 1234567893; EAN 4006381333931; ISBN 978-3-16-148410-0
license = "Apache-2.0"; chart 12; member since 2019; passport control 4; medical records of 10293 patients.
"""


def test_ordinary_numbers_are_no_identifiers_of_people_or_things() -> None:
    types = {"NATIONAL_ID", "TAX_ID", "HEALTH_ID", "PASSPORT", "DRIVER_LICENSE", "US_DRIVER_LICENSE", "US_PASSPORT"}
    types |= {"VEHICLE_ID", "LICENSE_PLATE", "DEVICE_ID", "US_NPI", "MEDICAL_RECORD_NUMBER", "MEDICAL_LICENSE"}
    types |= {"US_SSN", "US_ITIN"}
    assert [(f.text, f.recognizer) for f in scan(ORDINARY, Wanted.of(types, 0.5), NOTHING)] == []


def test_rows_of_at_least_sixty_countries_find_numbers_of_people() -> None:
    types = {"NATIONAL_ID", "TAX_ID", "HEALTH_ID"}
    assert (
        len({c for row in PATTERNS if row.entity_type in types and row.check_name != "label" for c in row.countries})
        >= 60
    )


def test_the_reference_page_is_what_the_table_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "entity-types.md"
    assert page.read_text() == "\n".join(documentation()) + "\n", (
        "Write it anew: .venv/bin/python -m expunct_server.redaction.patterns > docs/reference/entity-types.md"
    )
