"""CSV and TSV."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.formats import FORMATS, DocumentError, redact_file, tabular
from expunct_server.redaction.formats.delimiters import delimiter_of
from tests.redaction.helpers import DATA, few, plan, redacted_file


def redacted(text: str, name: str = "x.csv", **changes):
    content, findings, _ = redacted_file(text.encode(), name, **changes)
    return content.decode(), [(f.entity_type, f.location, f.start, f.end) for f in findings]


def test_names_of_columns_are_context_and_untouched_cells_stay_as_they_are():
    text = (
        "id,first_name,E-Mail,ssn,amount,notes\r\n"
        '1,"jane",j@example.com,219099998,"1,50","said ""hi"" to j@example.com"\r\n'
        "2,,,,,\r\n"
    )

    assert redacted(text) == (
        "id,first_name,E-Mail,ssn,amount,notes\r\n"
        '1,"<PERSON>",<EMAIL_ADDRESS>,<US_SSN>,"1,50","said ""hi"" to <EMAIL_ADDRESS>"\r\n'
        "2,,,,,\r\n",
        [
            ("PERSON", "row 2, column first_name", 0, 4),
            ("EMAIL_ADDRESS", "row 2, column E-Mail", 0, 13),
            ("US_SSN", "row 2, column ssn", 0, 9),
            ("EMAIL_ADDRESS", "row 2, column notes", 13, 26),
        ],
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_line_end_is_kept(delimiter, end):
    rows = [["phone", "name"], ["212-555-2368", "jane"], ["x", "Jane"]]
    text = end.join(delimiter.join(row) for row in rows)

    expected = text.replace("212-555-2368", "<PHONE_NUMBER>").replace("Jane", "<PERSON>")
    assert redacted(text)[0] == expected


def test_formulas_are_data():
    text = 'a,b\n=HYPERLINK("https://example.com/x";"y"),@SUM(1)\n"=""jane@example.com""",-1\n'

    assert redacted(text)[0] == 'a,b\n=HYPERLINK("<URL>";"y"),@SUM(1)\n"=""<EMAIL_ADDRESS>""",-1\n'


def test_ragged_rows_and_strange_quotes_stay():
    text = 'a,b,c\n1\n1,2,3,4,5\n\n"open,2\n3,4\nx"y,"z"w,""\n,,\n"jane@example.com" ,2'

    assert redacted(text)[0] == text.replace("jane@example.com", "<EMAIL_ADDRESS>")


def test_a_table_without_a_header_is_all_data_and_columns_are_numbered():
    assert redacted("jane@example.com,219-09-9998\nx,4111111111111111\n")[1] == [
        ("EMAIL_ADDRESS", "row 1, column 1", 0, 16),
        ("US_SSN", "row 1, column 2", 0, 11),
        ("CREDIT_CARD", "row 2, column 2", 0, 16),
    ]


def test_a_header_that_holds_data_is_redacted_and_not_shown_in_locations():
    text, found = redacted("name,mail of 219-09-9998,[x],email\njane,j@example.com,j@example.com,j@example.com\n")

    assert text == "name,mail of <US_SSN>,[x],email\njane,<EMAIL_ADDRESS>,<EMAIL_ADDRESS>,<EMAIL_ADDRESS>\n"
    assert [location for _, location, _, _ in found] == [
        "row 1, column 2",
        "row 2, column 2",
        "row 2, column 3",
        "row 2, column email",
    ]


def test_a_first_row_with_a_usual_word_in_its_data_is_read_like_all_others():
    text, found = redacted("Jane Doe,Account closed,London\nj@example.com,nothing,2\n", use_model=True)

    assert text == "<PERSON>,Account closed,<LOCATION>\n<EMAIL_ADDRESS>,nothing,2\n"
    assert [(kind, location) for kind, location, _, _ in found] == [
        ("PERSON", "row 1, column 1"),
        ("LOCATION", "row 1, column 3"),
        ("EMAIL_ADDRESS", "row 2, column 1"),
    ]


def test_models_read_the_cells_of_a_header_that_could_be_names():
    text, found = redacted("Email,Order,Mark Adams,Unit Price\nj@example.com,1,x,2\n", use_model=True)

    assert text == "Email,Order,<PERSON>,Unit Price\n<EMAIL_ADDRESS>,1,x,2\n"
    assert [location for _, location, _, _ in found] == ["row 1, column 3", "row 2, column Email"]


@pytest.mark.parametrize(
    ("name", "column"),
    [("email", "email"), ("db_password", "db_password"), ("jane_password", "2"), ("jane_doe", "2"), ("Jane", "2")],
)
def test_locations_show_usual_names_alone(name, column):
    _, found = redacted(f"id,{name}\n1,see jane@example.com\n")

    assert [location for _, location, _, _ in found] == [f"row 2, column {column}"]


def test_values_of_neighbouring_cells_are_never_joined():
    assert redacted("x,y\n219-09,-9998\n4111 1111,1111 1111\n")[1] == []


@pytest.mark.parametrize(
    ("first", "header"),
    [
        (["id", "first_name"], True),
        (["Full Name", "Remarks"], True),
        (["customerId", "orderTotal"], True),
        (["John Smith", "Berlin"], False),
        (["jane@example.com", "name"], False),
        (["1", "name"], False),
        ([""], False),
        (["Jane Doe", "Account closed", "London"], False),
        (["Jane Doe", "Order shipped"], False),
        (["Jane Doe", "Account", "London"], False),
        (["Jane Doe", "Email"], False),
        (["Jane", "Note", "London"], False),
        (["Account", "Email", "+1 503-555-0142"], False),
        (["Account", "Email", "$1,200.00"], False),
        (["Account", "Email", "example.com://x"], False),
        (["jane doe", "account closed", "london"], False),
        (["Name", "Klasse"], True),
        (["Customer Name", "Order Date", "Unit Price", "Cost Structure"], True),
        (["first name", "shoe size", "notes"], True),
        (["姓名", "电话", "备注"], True),
        (["Nachname", "PLZ", "Bemerkung", "Zuletzt Gesehen"], True),
    ],
)
def test_a_first_row_is_a_header_when_it_names_columns(first, header):
    assert tabular.is_header(first) is header


@few
@given(
    st.lists(
        st.lists(
            st.sampled_from([*DATA, "", "x", 'a"b', "a,b", "a\nb", "a\r\nb", " é\U0001f600 "]), min_size=2, max_size=5
        ),
        max_size=6,
    ),
    st.sampled_from([",", ";"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_the_result_is_a_table_of_the_same_shape_without_the_data(rows, delimiter, quoting):
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter, quoting=quoting).writerows(rows)
    content, _, _ = redacted_file(("h1" + delimiter + "h2\r\n" + target.getvalue()).encode(), "x.csv")
    read = list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))[1:]

    assert [len(row) for row in read] == [len(row) for row in rows]
    assert not any(value in cell for row in read for cell in row for value in DATA)


@few
@given(st.text(alphabet='ab,"\r\n;\t', max_size=60), st.integers(1, 5), st.sampled_from([",", ";", "\t"]))
def test_rows_make_up_the_file_however_it_is_read(text, step, delimiter):
    def in_pieces():
        source = io.StringIO(text, newline="")
        return list(tabular.rows(lambda _: source.read(step), delimiter))

    rows = in_pieces()

    assert "".join(delimiter.join(row.cells) + row.end for row in rows) == text
    assert rows == list(tabular.rows(io.StringIO(text, newline="").read, delimiter))


def test_a_row_that_never_ends_is_refused(monkeypatch):
    monkeypatch.setattr(tabular, "MAX_ROW", 100_000)

    with pytest.raises(DocumentError) as caught:
        redacted_file(b"a,b\n" + b"x" * 400_000, "x.csv")
    assert caught.value.code == "too_large"


def test_a_quote_that_is_never_closed_is_a_character(monkeypatch):
    monkeypatch.setattr(tabular, "MAX_QUOTED", 20_000)
    text = 'a,b\n"open,jane@example.com\n' + "x,y\n" * 20_000

    assert redacted(text)[0] == text.replace("jane@example.com", "<EMAIL_ADDRESS>")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b\n1,5;2\n", ";"),
        ("a,b\n1;5,2\n", ","),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a\nb\n", ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_what_rows_agree_on(text, delimiter):
    assert delimiter_of(text) == delimiter


def test_the_model_reads_sentences_in_cells():
    target = io.BytesIO()
    source = io.BytesIO(b"id,notes\n1,She met Barack Obama in Paris.\n")
    redact_file(source, target, FORMATS["csv"], plan(use_model=True), id, lambda _: None)

    assert target.getvalue() == b"id,notes\n1,She met <PERSON> in <LOCATION>.\n"


@pytest.mark.parametrize(("name", "content"), [
    ("x.csv", "{column}\nFenwick: ill\n{rows}Dear Mr. Arthur Fenwick,\n"),
    ("x.json", '["Fenwick: ill", {rows} "Dear Mr. Arthur Fenwick,"]'),
    ("x.jsonl", '{{"{column}": "Fenwick: ill"}}\n{rows}{{"{column}": "Dear Mr. Arthur Fenwick,"}}\n'),
])  # fmt: skip
def test_the_first_cell_knows_the_names_of_the_last(name, content):
    """Few bytes, but many cells below a long column name: they are searched in several goes."""
    row = {"x.csv": "nothing here\n", "x.json": '"nothing here",', "x.jsonl": '{{"{column}": "nothing here"}}\n'}[name]
    column = "a long name of a column that says nothing at all about what stands below"
    rows = row.format(column=column) * 900
    document = content.format(column=column, rows=rows).encode()
    out, findings, _ = redacted_file(document, name, use_model=True, entity_types=frozenset({"PERSON"}))

    assert [f.text for f in findings] == ["Fenwick", "Arthur Fenwick"]
    assert b"Fenwick" not in out


def test_a_name_that_a_column_gave_away_is_found_beside_it_without_any_model():
    table = b"full_name,notes\nArthur Fenwick,called\nAnn Borg,asked for Mr Fenwick\n"
    out, _, _ = redacted_file(table, "x.csv", profile="fast", entity_types=frozenset({"PERSON"}))

    assert out == b"full_name,notes\n<PERSON>,called\n<PERSON>,asked for Mr <PERSON>\n"
