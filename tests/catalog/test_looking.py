"""What a look at a source shows: its guesses, what is odd in it, its pictures; whole or from the first rows."""

import io
import struct
import zlib

import pytest
import xlsxwriter

from goodsmith.catalog import first_look, import_table, list_pictures, profile
from goodsmith.errors import InputFileError
from goodsmith.runner import Request, inspect, plan
from made_sheets import make_sheet


def png():
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"\0\0")) + part(b"IEND", b"")


@pytest.fixture
def look(tmp_path):
    """`look(path, …)`: an inspection with a home of its own, which stays for the next."""

    def inspected(path, *, head=False, **asked):
        request = Request(source=str(path), recipe="listing", **asked)
        return inspect(request, head=head, home=tmp_path / "home")

    return inspected


def guessed(seen):
    return {guess.what: (guess.en, guess.how) for guess in seen.guesses}


def test_every_guess_is_shown_with_the_option_that_says_otherwise(look, tmp_path):
    path = make_sheet(banners=2, groups=True).write_xlsx(tmp_path / "t.xlsx")
    seen = look(path)
    assert guessed(seen) == {
        "sheet": ("Sheet", "found"), "names": ("rows 3–4", "found"), "key": ("货号", "found"),
    }  # fmt: skip
    assert [guess.option for guess in seen.guesses] == ["--sheet NAME", "--header ROW", "--key COLUMN"]
    assert seen.guesses[1].say("zh") == "第 3–4 行"
    text = tmp_path / "t.csv"
    text.write_text("货号;品名\nGS-1;杯\n", encoding="gb18030")
    assert guessed(look(text, separator=";")) == {
        "names": ("row 1", "found"), "encoding": ("gb18030", "found"), "separator": (";", "given"),
        "key": ("货号", "found"),
    }  # fmt: skip


def test_what_a_person_said_counts_for_the_next_file_with_the_layout(look, tmp_path):
    for number in (1, 2, 3):
        made = make_sheet(language="en", banners=0, products=5, seed=number)
        made.write_csv(tmp_path / f"{number}.csv")
    said = Request(source=str(tmp_path / "1.csv"), recipe="listing", header=0, mapping={"name": "column B"})
    plan(said, home=tmp_path / "home")
    seen = look(tmp_path / "2.csv")
    assert (guessed(seen)["names"], seen.profile.rows) == (("none", "remembered"), 6)
    assert seen.mapping.how["name"] == "remembered"
    assert guessed(look(tmp_path / "2.csv", header=1))["names"] == ("row 1", "given")
    assert guessed(look(tmp_path / "3.csv", forget=True))["names"] == ("row 1", "found")
    assert guessed(look(tmp_path / "2.csv"))["names"] == ("row 1", "found")


def test_another_layout_is_not_touched_by_what_was_said(look, tmp_path):
    make_sheet(language="en").write_csv(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("code,title\nA-1,Cup\nA-2,Hat\n", encoding="utf-8")
    plan(Request(source=str(tmp_path / "a.csv"), recipe="listing", header=1), home=tmp_path / "home")
    assert guessed(look(tmp_path / "b.csv"))["names"] == ("row 1", "found")


@pytest.mark.parametrize("ending", ["xlsx", "csv", "xls", "html"])
def test_a_look_at_the_head_agrees_with_the_whole(look, tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    getattr(make_sheet(banners=1, sections=2, total=True, products=9), f"write_{ending}")(path)
    whole, head = look(path), look(path, head=True)
    assert (whole.looked_at, head.looked_at) == (None, 9)
    assert (head.info.columns, head.mapping, head.guesses) == (whole.info.columns, whole.mapping, whole.guesses)
    assert head.profile == whole.profile


def test_the_head_of_a_workbook_reads_only_the_texts_it_needs(raw_workbook, tmp_path):
    """Behind them the shared texts are damaged, which only reading all of them meets."""
    rows = '<row r="1"><c r="A1" t="str"><v>sku</v></c><c r="B1" t="str"><v>name</v></c></row>' + "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n}</v></c><c r="B{n}" t="str"><v>Mug {n}</v></c></row>'
        for n in range(2, 300)
    )
    good = "".join(f"<si><t>GS-{number}{'x' * 4000}</t></si>" for number in range(400))
    path = raw_workbook(rows, strings=f"{good}<si><t>broken")
    seen = first_look(path, rows=50)
    assert (len(seen.rows), seen.total_rows) == (50, 298)
    assert (seen.rows[-1]["sku"][:6], seen.rows[-1]["name"]) == ("GS-51x", "Mug 51")
    with pytest.raises(InputFileError, match="damaged"):
        import_table(path, tmp_path / "imports")


def test_odd_cells_are_named_with_their_first_row(tmp_path):
    rows = [
        ("GS-1", "杯子", "9.5", "<p>好</p>"), ("GS-2", "LÃ©gÃ¨re", "面议", "<p><img src='a'/></p>"),
        ("GS-3", " 伞", "8", "暂无"), ("GS-4", "=1+1", "7", "#N/A"), ("GS-5", "-5 度", "6", "NA"),
        ("GS-6", "x" * 40_000, "5.5", "5 < 6 > 4"),
        ("GS-7", "伞", "5", ""), ("GS-8", "伞", "5", ""),
    ]  # fmt: skip
    path = tmp_path / "t.csv"
    lines = ["货号,品名,售价,详情", *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    seen = profile(import_table(path, tmp_path / "i").parquet, header_row=1)
    assert {(odd.column, odd.kind, odd.count, odd.row) for odd in seen.odd} == {
        ("品名", "garbled", 1, 3), ("品名", "spaces", 1, 4), ("品名", "formula", 1, 5), ("品名", "long", 1, 7),
        ("售价", "unlike", 1, 3), ("详情", "markup", 1, 2), ("详情", "only_markup", 1, 3), ("详情", "nothing", 2, 4),
        ("详情", "error", 1, 5),
    }  # fmt: skip


def test_the_languages_of_running_text_are_told_and_codes_have_none(tmp_path):
    path = tmp_path / "t.csv"
    french = "La tasse est légère et robuste pour vous et les enfants dans la maison avec une anse"
    english = "The mug is light and sturdy for you and the kids in the house with a handle"
    path.write_text(f"sku,fr,en,ja\nGS-1,{french},{english},軽くて丈夫なカップです\n" * 3, encoding="utf-8")
    seen = profile(import_table(path, tmp_path / "i", header=1, all_rows=True).parquet)
    assert [column.language for column in seen.columns] == ["", "fr", "en", "ja"]
    assert {name for name, _ in seen.languages} == {"fr", "en", "ja"}


def test_keys_are_counted_as_different_without_case_width_and_spaces(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("sku,n\nab-1,1\nAB-1,2\nＡＢ－１,3\nx-2 ,4\nx-2,5\n", encoding="utf-8")
    seen = profile(import_table(path, tmp_path / "i").parquet, key="sku")
    assert seen.different_keys == 2


def test_pictures_over_cells_are_listed_with_their_places(look, tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("图")
        sheet.write_row(0, 0, ["图片", "货号"])
        for row in range(1, 4):
            sheet.write(row, 1, f"GS-{row}")
            sheet.insert_image(row, 0, "a.png", {"image_data": io.BytesIO(png())})
    found = list_pictures(path)
    assert [(picture.row, picture.column, picture.kind) for picture in found] == [
        (2, "A", "floating"), (3, "A", "floating"), (4, "A", "floating"),
    ]  # fmt: skip
    assert found[0].part.startswith("xl/media/image")
    seen = look(path)
    assert seen.pictures == found
    assert next(notice for notice in seen.notices if notice.code == "pictures").count == 3


def test_pictures_in_cells_are_listed_and_hold_no_text(tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["货号", "图片"])
        sheet.write(1, 0, "GS-1")
        sheet.embed_image(1, 1, "a.png", {"image_data": io.BytesIO(png())})
        sheet.write(2, 0, "GS-2")
        sheet.write_formula(2, 1, '=_xlfn.DISPIMG("ID_ABC",1)', None, '=DISPIMG("ID_ABC",1)')
    found = list_pictures(path)
    assert [(picture.row, picture.column, picture.kind) for picture in found] == [
        (2, "B", "in_cell"),
        (3, "B", "dispimg"),
    ]
    assert (found[0].part, found[1].part) == ("xl/media/image1.png", "")
    made = import_table(path, tmp_path / "i")
    assert next(notice for notice in made.notices if notice.code == "pictures_in_cells").count == 2
    assert profile(made.parquet).columns[1].filled == 0


def test_a_picture_of_wps_leads_to_its_part(raw_workbook):
    rels = '<Relationships><Relationship Id="rId1" Type="http://x/image" Target="media/image7.png"/></Relationships>'
    images = (
        '<etc:cellImages xmlns:etc="e" xmlns:xdr="x" xmlns:a="a" xmlns:r="r"><etc:cellImage><xdr:pic><xdr:nvPicPr>'
        '<xdr:cNvPr id="2" name="ID_ABC"/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId1"/></xdr:blipFill></xdr:pic>'
        "</etc:cellImage></etc:cellImages>"
    )
    path = raw_workbook(
        '<row r="1"><c r="A1" t="str"><v>图</v></c></row>'
        '<row r="2"><c r="A2" t="str"><f>_xlfn.DISPIMG("ID_ABC",1)</f><v>=DISPIMG("ID_ABC",1)</v></c></row>',
        parts={"xl/cellimages.xml": images, "xl/_rels/cellimages.xml.rels": rels},
    )
    assert [picture.part for picture in list_pictures(path)] == ["xl/media/image7.png"]
