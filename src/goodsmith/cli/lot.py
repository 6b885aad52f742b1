"""`goodsmith lot`: release rows on a random sample of them, with a certificate."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.review import By
from goodsmith.cli.voice import Voice, both, settings, speak
from goodsmith.errors import UsageError

if TYPE_CHECKING:
    from goodsmith.runner.lots import LotState

app = typer.Typer(
    help=both("Release rows on a random sample, with a certificate.", "按随机抽样放行,并签发证书。"),
    no_args_is_help=True,
)
AtMost = Annotated[
    str,
    typer.Option(
        "--at-most",
        metavar="SHARE",
        help=both("What is to be shown: at most this share is wrong.", "要证明的错误率上限。"),
    ),
]
Confidence = Annotated[str, typer.Option("--confidence", metavar="SHARE", help=both("How sure to be.", "置信度。"))]
Expected = Annotated[
    str,
    typer.Option(
        "--expect",
        metavar="SHARE",
        help=both(
            "The share that you expect to be wrong; the sample grows until such a lot passes in 9 of 10 cases.",
            "预计错误率;样本会扩大到此类批次十有九次能通过。",
        ),
    ),
]
Sequential = Annotated[
    bool,
    typer.Option(
        "--sequential",
        help=both(
            "Stop reading as soon as enough is shown; the bound holds at every look.",
            "证据足够即停止阅读;上限在任何时刻都成立。",
        ),
    ),
]
Category = Annotated[
    str | None, typer.Option("--category", metavar="NAME", help=both("Only this category.", "仅限该类目。"))
]
Name = Annotated[str, typer.Argument(metavar="LOT", help=both("The lot's name.", "批次名称。"))]


@app.command("plan", help=both("Show how many rows would have to be read.", "显示需要阅读多少行。"))
def plan(
    run: options.RunId = None,
    at_most: AtMost = "1%",
    confidence: Confidence = "95%",
    expect: Expected = "0%",
    sequential: Sequential = False,
    per_category: Annotated[
        bool, typer.Option("--per-category", help=both("A lot for each category.", "每个类目一个批次。"))
    ] = False,
    as_json: options.Json = False,
) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415
    from goodsmith.runner import open_run, plan_lots  # noqa: PLC0415

    voice = speak()
    found = open_run(run, settings=settings(), home=settings().home)
    plans = plan_lots(
        found,
        most_wrong=share(at_most),
        confidence=share(confidence),
        expected_wrong=share(expect),
        sequential=sequential,
        per_category=per_category,
    )
    if as_json:
        facts = [{**asdict(one), "to_read": one.to_read, "reading_s": one.reading_s} for one in plans]
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    heads = (
        ("category", "类目"),
        ("rows", "行数"),
        ("to read, at most", "最多阅读"),
        ("wrong allowed", "允许有误"),
        ("reading time", "阅读时间"),
    )
    everything = voice.pick("all", "全部")
    print_table(
        [voice.pick(*head) for head in heads],
        [
            [
                one.stratum or everything,
                f"{one.rows:,}",
                f"{one.to_read:,}" + (voice.pick(" (every row)", "(全部)") if one.all_are_read else ""),
                "-" if sequential else f"{one.plan.allowed:,}",
                _time(one.reading_s, voice),
            ]
            for one in plans
        ],
    )
    total = sum(one.reading_s for one in plans)
    voice.note(
        f"In all {sum(one.to_read for one in plans):,} rows, {_time(total, voice)} at 12 s a row. "
        "Rows with findings are read besides: goodsmith review export",
        f"合计 {sum(one.to_read for one in plans):,} 行,按每行 12 秒约 {_time(total, voice)}。"
        "有问题的行另行审核:goodsmith review export",
    )


@app.command("draw", help=both("Draw the random rows of a new lot.", "为新批次随机抽取行。"))
def draw(
    run: options.RunId = None,
    at_most: AtMost = "1%",
    confidence: Confidence = "95%",
    expect: Expected = "0%",
    sequential: Sequential = False,
    category: Category = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", help=both("Draw the same rows again.", "重新抽取相同的行。")),
    ] = None,
    by: By = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import draw_lot, open_run  # noqa: PLC0415

    voice = speak()
    found = open_run(run, settings=settings(), home=settings().home)
    state = draw_lot(
        found,
        by=by or getpass.getuser(),
        most_wrong=share(at_most),
        confidence=share(confidence),
        expected_wrong=share(expect),
        sequential=sequential,
        category=category,
        seed=seed,
    )
    if as_json:
        print(json.dumps(_facts(state), ensure_ascii=False, indent=2))
        return
    voice.say(
        f"{state.lot.lot}: {state.counts.drawn:,} of {state.rows:,} rows drawn",
        f"{state.lot.lot}:已从 {state.rows:,} 行中抽取 {state.counts.drawn:,} 行",
    )
    voice.note(
        f"Read them: goodsmith review export {found.id} --lot {state.lot.lot} -o book.xlsx",
        f"开始阅读:goodsmith review export {found.id} --lot {state.lot.lot} -o book.xlsx",
    )


@app.command(
    "show", help=both("Show how a lot, or each lot of a run, stands.", "显示批次(或某次运行的全部批次)的进展。")
)
def show(
    run: options.RunId = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.runner import lot_states, open_run  # noqa: PLC0415

    voice = speak()
    states = lot_states(open_run(run, settings=settings(), home=settings().home))
    if as_json:
        print(json.dumps([_facts(state) for state in states], ensure_ascii=False, indent=2))
        return
    if not states:
        voice.note("No lot was drawn from this run: goodsmith lot draw", "该运行尚未抽取批次:goodsmith lot draw")
    for state in states:
        _tell(voice, state)


@app.command(
    "sign", help=both("Release a lot that was read, and write its certificate.", "签发已读完的批次并写出证书。")
)
def sign(
    lot: Name,
    run: Annotated[
        str | None,
        typer.Option(
            "--run", metavar="RUN", help=both("The lot's run; none: the latest.", "批次所属运行;不填则为最近一次。")
        ),
    ] = None,
    by: By = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help=both("The certificate: .html or .json.", "证书文件:.html 或 .json。")
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.export.atomic import written_whole  # noqa: PLC0415
    from goodsmith.review.certificate import certificate_page, statement  # noqa: PLC0415
    from goodsmith.runner import open_run, sign_lot  # noqa: PLC0415

    voice = speak()
    if output is not None and output.suffix.lower() not in {".html", ".json"}:
        raise UsageError(f"{output}: a certificate is .html or .json", zh=f"{output}:证书须为 .html 或 .json")
    found = open_run(run, settings=settings(), home=settings().home)
    certificate = sign_lot(found, lot, by=by or getpass.getuser())
    if output is not None:
        page = output.suffix.lower() == ".html"
        said = (
            certificate_page(certificate, voice.language)
            if page
            else json.dumps(certificate, ensure_ascii=False, indent=2)
        )
        with written_whole(output) as part:
            part.write_text(said, encoding="utf-8")
    if as_json:
        print(json.dumps(certificate, ensure_ascii=False, indent=2))
        return
    voice.say(statement(certificate, "en"), statement(certificate, "zh"))
    if output is not None:
        voice.note(f"Wrote {output}", f"已写入 {output}")


def share(text: str) -> float:
    """`1%` or `0.01` as 0.01."""
    said = text.strip()
    try:
        return float(said[:-1]) / 100 if said.endswith(("%", "%")) else float(said)
    except ValueError:
        raise UsageError(
            f"{text!r} is no share; expected such as 1% or 0.01", zh=f"{text!r} 不是比例;例如 1% 或 0.01"
        ) from None


def _tell(voice: Voice, state: LotState) -> None:
    stands = state.standing
    words = {
        "open": (f"{stands.left:,} more to read", f"还需阅读 {stands.left:,} 行"),
        "accepted": ("enough is shown; sign it", "证据充分,可以签发"),
        "refused": ("refused: too many wrong", "未通过:错误过多"),
    }
    verdict = ("signed", "已签发") if state.lot.certificate else words[stands.verdict.value]
    voice.say(
        f"{state.lot.lot}: {stands.read:,} of {state.counts.drawn:,} read, {stands.wrong:,} wrong, "
        f"at most {stands.bound * 100:.3g} % of {state.rows:,} rows; {verdict[0]}",
        f"{state.lot.lot}:已读 {stands.read:,}/{state.counts.drawn:,},有误 {stands.wrong:,},"
        f"{state.rows:,} 行的错误率至多 {stands.bound * 100:.3g} %;{verdict[1]}",
    )


def _facts(state: LotState) -> dict[str, Any]:
    return {
        "lot": state.lot.lot,
        "rows": state.rows,
        "drawn": state.counts.drawn,
        "read": state.standing.read,
        "wrong": state.standing.wrong,
        "bound": state.standing.bound,
        "left": state.standing.left,
        "verdict": state.standing.verdict.value,
        "plan": asdict(state.plan),
        "signed": state.lot.certificate is not None,
    }


def _time(seconds: float, voice: Voice) -> str:
    minutes = max(1, round(seconds / 60)) if seconds else 0
    if minutes < 90:
        return voice.pick(f"{minutes} min", f"{minutes} 分钟")
    return voice.pick(f"{minutes / 60:.1f} h", f"{minutes / 60:.1f} 小时")
