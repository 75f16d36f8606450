"""Whole packages: folders, archives and single files, matched by id; hostile ones end in findings."""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import itertools
import json
import os
import random
import re
import shlex
import struct
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from vestverify import package_files, packages
from vestverify.command_line import main
from vestverify.documents import LoadedDocument, expand, load, read_path
from vestverify.engine.calendar import parse_day
from vestverify.engine.reading import DEFAULT_READING
from vestverify.package_findings import package_findings
from vestverify.package_schedules import schedule_security
from vestverify.results import DocumentKind, DocumentResult, TermsResult
from vestverify.text_places import with_positions

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "small-package"
CORPUS = Path(os.environ.get("VESTVERIFY_SHARED", ROOT.parent / "shared")) / "corpus"
SCHEMA = json.loads((Path(__file__).parent / "contract" / "report-1.schema.json").read_text(encoding="utf-8"))

TERMS: dict[str, Any] = {
    "id": "quarterly",
    "object_type": "VESTING_TERMS",
    "name": "Two years, quarterly",
    "description": "An eighth of the grant each quarter.",
    "allocation_type": "CUMULATIVE_ROUNDING",
    "vesting_conditions": [
        {"id": "begin", "quantity": "0", "trigger": {"type": "VESTING_START_DATE"}, "next_condition_ids": ["quarter"]},
        {
            "id": "quarter",
            "portion": {"numerator": "1", "denominator": "8"},
            "trigger": {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": {"type": "MONTHS", "length": 3, "occurrences": 8, "day_of_month": "01"},
                "relative_to_condition_id": "begin",
            },
            "next_condition_ids": [],
        },
    ],
}


def issuance(name: str, **changes: Any) -> dict[str, Any]:
    stated = {
        "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
        "id": f"issue-{name}",
        "security_id": f"s-{name}",
        "custom_id": name.upper(),
        "stakeholder_id": f"p-{name}",
        "date": "2025-01-01",
        "quantity": "80",
        "compensation_type": "OPTION_NSO",
        "vesting_terms_id": "quarterly",
    }
    return {key: value for key, value in {**stated, **changes}.items() if value is not None}


def start(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "object_type": "TX_VESTING_START",
        "id": f"start-{name}",
        "security_id": f"s-{name}",
        "date": "2025-01-01",
        "vesting_condition_id": "begin",
        **changes,
    }


def status(name: str, date: str, new_status: str) -> dict[str, Any]:
    return {
        "object_type": "CE_STAKEHOLDER_STATUS",
        "id": f"status-{name}-{date}-{new_status}",
        "stakeholder_id": f"p-{name}",
        "date": date,
        "new_status": new_status,
    }


def package(*transactions: Mapping[str, Any], terms: list[Any] | None = None) -> LoadedDocument:
    return load("p.json", json.dumps({"vesting_terms": terms or [TERMS], "transactions": transactions}).encode())


def files(
    *transactions: list[dict[str, Any]],
    terms: list[list[dict[str, Any]]] | None = None,
    stakeholders: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The files of a package by name, each list of transactions and of terms in one of its own."""
    made: dict[str, Any] = {}
    manifest: dict[str, Any] = {"file_type": "OCF_MANIFEST_FILE", "vesting_terms_files": [], "transactions_files": []}
    for number, items in enumerate([[TERMS]] if terms is None else terms, 1):
        made[f"Terms{number}.ocf.json"] = {"file_type": "OCF_VESTING_TERMS_FILE", "items": items}
        manifest["vesting_terms_files"].append({"filepath": f"./Terms{number}.ocf.json"})
    for number, items in enumerate(transactions, 1):
        made[f"tx/Transactions{number}.ocf.json"] = {"file_type": "OCF_TRANSACTIONS_FILE", "items": items}
        manifest["transactions_files"].append({"filepath": f"./tx/Transactions{number}.ocf.json"})
    if stakeholders is not None:
        made["Stakeholders.ocf.json"] = {"file_type": "OCF_STAKEHOLDERS_FILE", "items": stakeholders}
        manifest["stakeholders_files"] = [{"filepath": "Stakeholders.ocf.json"}]
    return {**made, "Manifest.ocf.json": manifest}


def write_folder(folder: Path, made: Mapping[str, Any]) -> Path:
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, indent=1).encode())
    return folder


def zipped(made: Mapping[str, Any], top: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in made.items():
            archive.writestr(top + name, content if isinstance(content, bytes) else json.dumps(content, indent=1))
    return buffer.getvalue()


def write_zip(folder: Path, data: bytes) -> Path:
    path = folder / "package.ocf.zip"
    path.write_bytes(data)
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def check(*paths: str | Path, expected: int | None = None) -> dict[str, Any]:
    ended = run("check", *paths, "--format", "json")
    assert ended.exit_code in ((0, 1, 2, 3) if expected is None else (expected,)), ended.output[-2000:]
    report: dict[str, Any] = json.loads(ended.stdout)
    jsonschema.validate(report, SCHEMA)
    return report


def rules(document: LoadedDocument) -> list[tuple[str, str]]:
    return [(error.facts.get("rule", error.code), error.pointer) for error in document.all_errors]


class TestMatching:
    def test_terms_issuances_and_transactions_are_matched_by_id(self) -> None:
        document = package(start("b", date="2025-02-01"), issuance("a"), issuance("b"), start("a"))
        assert document.kind is DocumentKind.OCF_PACKAGE
        assert document.all_errors == ()
        assert document.package is not None
        first, second = document.package.securities
        assert (first.security_id, first.custom_id, first.terms_id, first.terms_place) == ("s-a", "A", "quarterly", 0)
        assert first.loaded is not None
        assert second.loaded is not None
        assert (first.loaded.issuance_pointer, first.loaded.transaction_pointers, first.loaded.terms_pointer) == (
            "/transactions/1",
            ("/transactions/3",),
            "/vesting_terms/0",
        )
        assert [item.date for item in second.loaded.case.transactions] == [parse_day("2025-02-01")]
        assert first.loaded.raw == {
            "format": "vestverify.case/1",
            "name": "s-a",
            "terms": TERMS,
            "issuance": issuance("a"),
            "transactions": [start("a")],
        }

    def test_objects_of_other_types_are_let_through(self) -> None:
        others = [
            {"object_type": "TX_CONVERTIBLE_ISSUANCE", "id": "c", "security_id": "s-c", "date": "2025-01-01"},
            {"object_type": "TX_CONVERTIBLE_TRANSFER", "id": "ct", "security_id": "s-c", "date": "2025-01-01"},
            {"object_type": "TX_STOCK_CLASS_SPLIT", "id": "split", "stock_class_id": "common", "date": "2025-01-01"},
            {"object_type": "TX_WARRANT_ISSUANCE", "id": "w", "security_id": "s-w", "date": "2025-01-01"},
            {"object_type": "CE_STAKEHOLDER_RELATIONSHIP", "id": "r", "stakeholder_id": "x", "date": "2025-01-01"},
        ]
        document = package(*others, issuance("a"), start("a"))
        assert document.all_errors == ()
        assert document.package is not None
        assert [security.security_id for security in document.package.securities] == ["s-a"]

    @pytest.mark.parametrize(
        ("transactions", "found"),
        [
            ([issuance("a"), start("b")], [("dangling-security", "/transactions/1/security_id")]),
            (
                [
                    issuance("a"),
                    {
                        "object_type": "TX_EQUITY_COMPENSATION_EXERCISE",
                        "id": "e",
                        "security_id": "s-a",
                        "date": "2026-01-01",
                        "quantity": "1",
                        "resulting_security_ids": ["s-a", "s-new"],
                        "balance_security_id": "s-rest",
                    },
                ],
                [
                    ("dangling-security", "/transactions/1/balance_security_id"),
                    ("dangling-security", "/transactions/1/resulting_security_ids"),
                ],
            ),
            (
                [issuance("a"), issuance("a", id="again")],
                [("duplicate-security", "/transactions/1/security_id")],
            ),
            ([issuance("a"), start("a"), start("a")], [("duplicate-transaction", "/transactions/2/id")]),
            ([issuance("a"), 7], [("model_type", "/transactions/1")]),
            ([issuance("a"), {"id": "x"}], [("missing", "/transactions/1")]),
            ([issuance("a", security_id=None)], [("missing", "/transactions/0")]),
            ([issuance("a"), {"object_type": "TX_VESTING_START", "id": "x"}], [("missing", "/transactions/1")]),
            ([issuance("a"), {"object_type": "TX_STOCK_CANCELLATION", "id": "x"}], [("missing", "/transactions/1")]),
            ([issuance("a", quantity=80)], [("numeric_type", "/transactions/0/quantity")]),
        ],
    )
    def test_ids_and_objects_that_do_not_fit_are_found(
        self, transactions: list[Any], found: list[tuple[str, str]]
    ) -> None:
        document = package(*transactions)
        assert rules(document) == found
        assert {error.code for error in document.all_errors} == {"VV003"}

    def test_two_vesting_terms_of_one_id_in_two_files_are_found(self, tmp_path: Path) -> None:
        made = files([issuance("a"), start("a")], terms=[[TERMS], [{**TERMS, "name": "the same id"}]])
        document = read_path(str(write_folder(tmp_path, made)))
        (error,) = document.all_errors
        assert (error.facts["rule"], error.pointer) == ("duplicate_id", "/Terms2.ocf.json/items/0/id")
        assert error.related[0].pointer == "/Terms1.ocf.json/items/0/id"
        assert document.package is not None
        assert "several vesting terms" in document.package.securities[0].undecided

    def test_stakeholders_are_looked_for_only_where_there_is_a_file_of_them(self, tmp_path: Path) -> None:
        transactions = [issuance("a"), issuance("b"), status("c", "2025-02-01", "ACTIVE")]
        assert read_path(str(write_folder(tmp_path / "without", files(transactions)))).all_errors == ()
        known = files(transactions, stakeholders=[{"object_type": "STAKEHOLDER", "id": "p-a"}])
        document = read_path(str(write_folder(tmp_path / "with", known)))
        assert rules(document) == [
            ("dangling-stakeholder", "/tx~1Transactions1.ocf.json/items/1/stakeholder_id"),
            ("dangling-stakeholder", "/tx~1Transactions1.ocf.json/items/2/stakeholder_id"),
        ]


class TestFindingsOfSecurities:
    def write(self, folder: Path, *transactions: dict[str, Any], terms: list[Any] | None = None) -> Path:
        path = folder / "package.json"
        path.write_text(json.dumps({"vesting_terms": terms or [TERMS], "transactions": transactions}), encoding="utf-8")
        return path

    def test_each_security_is_run_by_itself_and_found_at_its_own_place(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path,
            issuance("good"),
            start("good"),
            issuance("lost", vesting_terms_id="nowhere"),
            issuance("odd"),
            start("odd", vesting_condition_id="unknown"),
            issuance("early", date="2025-06-01"),
            start("early"),
            issuance("short", vesting_terms_id=None, vestings=[{"date": "2026-01-01", "amount": "10"}]),
        )
        (document,) = check(path, expected=1)["documents"]
        found = [(each["code"], each["severity"], each["location"]["pointer"]) for each in document["ledger"]]
        assert found == [
            ("VV501", "error", "/transactions/2/vesting_terms_id"),
            ("VV502", "error", "/transactions/4"),
            ("VV510", "warning", "/transactions/6"),
            ("VV506", "warning", "/transactions/7/vestings"),
        ]
        assert document["kind"] == "ocf-package"
        assert len({each["fingerprint"] for each in document["ledger"]}) == 4

    def test_a_bad_transaction_leaves_only_its_own_security_undecided(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path,
            issuance("bad"),
            start("bad", date="yesterday"),
            issuance("odd"),
            start("odd", vesting_condition_id="unknown"),
        )
        (document,) = check(path, expected=2)["documents"]
        assert [each["location"]["pointer"] for each in document["errors"]] == ["/transactions/1/date"]
        assert [each["code"] for each in document["ledger"]] == ["VV502"]
        text = run("check", path).stdout
        assert "not decided: security 's-bad': a transaction on it is not valid OCF" in text

    def test_terms_that_are_not_valid_leave_the_securities_that_name_them_undecided(self, tmp_path: Path) -> None:
        bad = {**TERMS, "id": "bad", "allocation_type": "GUESS"}
        path = self.write(
            tmp_path,
            issuance("a", vesting_terms_id="bad", date="2025-06-01"),
            start("a"),
            issuance("b"),
            terms=[TERMS, bad],
        )
        (document,) = check(path, expected=2)["documents"]
        assert [each["code"] for each in document["ledger"]] == ["VV510"]
        assert "security 's-a': the vesting terms 'bad' are not valid OCF" in run("check", path).stdout

    @pytest.mark.parametrize(("named", "codes"), [("other", []), ("nowhere", ["VV501"]), ("bad", [])])
    def test_terms_that_a_modification_names_are_those_of_the_package(
        self, named: str, codes: list[str], tmp_path: Path
    ) -> None:
        change = {
            "object_type": "TX_VESTING_MODIFICATION",
            "id": "modification",
            "security_id": "s-a",
            "date": "2025-08-01",
            "reason_text": "agreed",
            "vesting_terms_id": named,
        }
        terms = [TERMS, {**TERMS, "id": "other"}, {**TERMS, "id": "bad", "allocation_type": "GUESS"}]
        path = self.write(tmp_path, issuance("a"), start("a"), change, terms=terms)
        (document,) = check(path, expected=2)["documents"]
        assert [each["code"] for each in document["ledger"]] == codes
        undecided = "security 's-a': the vesting terms 'bad' are not valid OCF" in run("check", path).stdout
        assert undecided == (named == "bad")

    def test_of_a_security_issued_twice_only_the_issuances_are_judged(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path,
            issuance("a"),
            issuance("a", id="again", vesting_terms_id="nowhere"),
            start("a", vesting_condition_id="unknown"),
        )
        (document,) = check(path, expected=2)["documents"]
        assert [(each["code"], each["location"]["pointer"]) for each in document["ledger"]] == [
            ("VV501", "/transactions/1/vesting_terms_id")
        ]
        assert "2 issuances have this security_id" in run("check", path).stdout

    def test_a_grant_that_refutes_its_terms_says_so_there(self, tmp_path: Path) -> None:
        fixed = copy.deepcopy(TERMS)
        fixed["vesting_conditions"][1].pop("portion")
        fixed["vesting_conditions"][1]["quantity"] = "20"
        (document,) = check(self.write(tmp_path, issuance("a"), start("a"), terms=[fixed]), expected=1)["documents"]
        (terms,) = document["terms"]
        over = [each for each in terms["findings"] if each["code"] == "VV301"]
        assert over
        assert {each["location"]["pointer"] for each in over} <= {
            "/vesting_terms/0/vesting_conditions/0",
            "/vesting_terms/0/vesting_conditions/1",
        }

    def test_the_command_that_reproduces_a_finding_on_terms_of_a_package_shows_it(self, tmp_path: Path) -> None:
        over = copy.deepcopy(TERMS)
        over["vesting_conditions"][1]["portion"]["denominator"] = "7"
        folder = write_folder(tmp_path / "a package", files([issuance("a"), start("a")], terms=[[over]]))
        text = run("check", folder).stdout
        command = shlex.split(re.findall(r"reproduce: vestverify (.+)", text)[0])
        ended = run(*command)
        assert ended.exit_code == 1
        assert "VV301" in ended.stderr

    def test_the_text_report_counts_findings_that_are_alike(self, tmp_path: Path) -> None:
        many = [
            each
            for number in range(60)
            for each in (issuance(str(number)), start(str(number), vesting_condition_id="x"))
        ]
        text = run("check", self.write(tmp_path, *many)).stdout
        assert "40 more like these; --format json lists all of them" in text
        assert text.count("error[VV502") == 21
        assert "transactions of 60 securities" in text

    def test_a_package_without_a_finding_says_how_many_securities_were_run(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, issuance("a"), start("a"), issuance("b"))
        assert "transactions of 2 securities  no finding" in run("check", path).stdout


class TestEndOfEmployment:
    @pytest.mark.parametrize(
        ("changes", "ended"),
        [
            ([], None),
            ([("2025-05-01", "LEAVE_OF_ABSENCE"), ("2025-09-01", "ACTIVE")], None),
            ([("2025-05-01", "TERMINATION_VOLUNTARY_OTHER")], "2025-05-01"),
            ([("2025-05-01", "TERMINATION_INVOLUNTARY_DEATH"), ("2025-09-01", "ACTIVE")], "2025-05-01"),
            (
                [("2025-09-01", "TERMINATION_VOLUNTARY_OTHER"), ("2025-05-01", "TERMINATION_VOLUNTARY_OTHER")],
                "2025-05-01",
            ),
            ([("2024-05-01", "TERMINATION_VOLUNTARY_OTHER"), ("2024-09-01", "ACTIVE")], None),
            ([("2024-05-01", "TERMINATION_VOLUNTARY_OTHER")], "2024-05-01"),
        ],
    )
    def test_the_first_termination_counts_and_being_active_again_gives_nothing_back(
        self, changes: list[tuple[str, str]], ended: str | None
    ) -> None:
        events = [status("a", date, new_status) for date, new_status in changes]
        for order in itertools.permutations([issuance("a"), issuance("b"), *events]):
            document = package(*order)
            assert document.all_errors == ()
            assert document.package is not None
            days = {
                each.security_id: each.loaded.case.terminated_on
                for each in document.package.securities
                if each.loaded is not None
            }
            assert days == {"s-a": None if ended is None else parse_day(ended), "s-b": None}

    def test_a_status_that_cannot_be_read_leaves_the_holder_s_securities_undecided(self) -> None:
        document = package(issuance("a"), issuance("b"), status("a", "2025-05-01", "FIRED"))
        assert rules(document) == [("literal_error", "/transactions/2/new_status")]
        assert document.package is not None
        assert [bool(each.undecided) for each in document.package.securities] == [True, False]


class TestLoneTransactions:
    @pytest.mark.parametrize("form", ["file", "items", "list"])
    def test_what_lies_in_other_files_is_not_called_missing(self, form: str, tmp_path: Path) -> None:
        items = [issuance("a"), start("a"), start("elsewhere"), issuance("paid", vesting_terms_id=None)]
        value: Any = {
            "file": {"file_type": "OCF_TRANSACTIONS_FILE", "items": items},
            "items": {"items": items},
            "list": items,
        }[form]
        path = tmp_path / "Transactions.ocf.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        (document,) = check(path, expected=3 if form == "file" else 2)["documents"]
        assert (document["kind"], document["terms"], document["ledger"]) == ("ocf-package", [], [])
        assert [each["facts"]["rule"] for each in document["errors"]] == {
            "file": [],
            "items": ["missing"],
            "list": ["wrapper"],
        }[form]
        text = run("check", path).stdout
        assert "security 's-a': the vesting terms are not in what was read" in text
        assert "1 transaction on securities whose issuances are not in what was read" in text
        shown = run("schedule", path)
        assert shown.exit_code == (3 if form == "file" else 2)
        assert [line.split()[3:5] for line in shown.stdout.splitlines()[1:3]] == [["80", "-"], ["80", "80"]]


class TestFolders:
    def test_a_folder_with_a_manifest_is_one_document(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, files([issuance("a")], [start("a")]))
        document = read_path(str(folder))
        assert (document.path, document.kind, document.all_errors) == (str(folder), DocumentKind.OCF_PACKAGE, ())
        assert [terms.pointer for terms in document.terms] == ["/Terms1.ocf.json/items/0"]
        assert document.package is not None
        (security,) = document.package.securities
        assert security.loaded is not None
        assert security.loaded.issuance_pointer == "/tx~1Transactions1.ocf.json/items/0"
        assert security.loaded.transaction_pointers == ("/tx~1Transactions2.ocf.json/items/0",)
        assert expand([str(folder)]) == [str(folder)]

    def test_places_are_those_in_the_file_that_the_pointer_begins_with(self, tmp_path: Path) -> None:
        odd = start("a", vesting_condition_id="unknown")
        folder = write_folder(tmp_path, files([issuance("a")], [odd]))
        (document,) = check(folder, expected=1)["documents"]
        (found,) = document["ledger"]
        assert found["location"]["pointer"] == "/tx~1Transactions2.ocf.json/items/0"
        lines = (folder / "tx/Transactions2.ocf.json").read_text(encoding="utf-8").splitlines()
        assert lines[found["location"]["line"] - 1].strip() == "{"
        text = run("check", folder).stdout
        assert f"{folder}/tx/Transactions2.ocf.json:{found['location']['line']}:{found['location']['column']}" in text
        assert '"object_type": "TX_VESTING_START"' in text

    def test_the_order_of_files_and_of_entries_changes_nothing(self, tmp_path: Path) -> None:
        entries = [
            issuance("a"),
            start("a"),
            issuance("b"),
            start("b", vesting_condition_id="unknown"),
            status("a", "2025-09-09", "TERMINATION_VOLUNTARY_OTHER"),
        ]
        shuffler = random.Random(5)
        seen = set()
        for number in range(8):
            shuffler.shuffle(entries)
            cut = shuffler.randrange(len(entries))
            folder = write_folder(tmp_path / str(number), files(entries[:cut], entries[cut:]))
            (document,) = check(folder, expected=1)["documents"]
            told = sorted((each["code"], each["message"], each["fingerprint"]) for each in document["ledger"])
            shown = json.loads(run("schedule", folder, "--format", "json").stdout)
            by_id = sorted(shown["securities"], key=lambda each: str(each["id"]))
            seen.add(json.dumps([told, document["errors"], by_id], sort_keys=True))
        assert len(seen) == 1

    def test_renaming_every_id_changes_nothing_but_the_names(self, tmp_path: Path) -> None:
        made = files(
            [issuance("a"), start("a"), issuance("b")], [status("a", "2025-09-09", "TERMINATION_VOLUNTARY_OTHER")]
        )
        text = json.dumps(made)
        renamed = text
        for old in ("s-a", "s-b", "p-a", "quarterly", "begin", "issue-a", "start-a"):
            renamed = renamed.replace(f'"{old}"', f'"x{hashlib.sha256(old.encode()).hexdigest()[:9]}"')
        shown = []
        for number, each in enumerate((text, renamed)):
            folder = write_folder(tmp_path / str(number), json.loads(each))
            answer = json.loads(run("schedule", folder, "--format", "json").stdout)
            kept = ("schedule", "vested", "unvested", "exercisable", "forfeited", "status", "as_of", "custom_id")
            shown.append([{key: security.get(key) for key in kept} for security in answer["securities"]])
        assert shown[0] == shown[1]
        assert shown[0][0]["forfeited"] != "0"

    def test_the_same_files_give_the_same_hash_wherever_they_lie(self, tmp_path: Path) -> None:
        made = files([issuance("a")])
        first, second = (read_path(str(write_folder(tmp_path / name, made))) for name in ("one", "two"))
        archive = read_path(
            str(write_zip(tmp_path, zipped({n: json.dumps(c, indent=1).encode() for n, c in made.items()})))
        )
        lines = sorted(
            f"{name}\0{hashlib.sha256(json.dumps(content, indent=1).encode()).hexdigest()}\n"
            for name, content in made.items()
        )
        assert first.sha256 == second.sha256 == archive.sha256 == hashlib.sha256("".join(lines).encode()).hexdigest()

    def test_what_the_manifest_lists_wrongly_is_found_and_the_rest_is_read(self, tmp_path: Path) -> None:
        made = files([issuance("a"), start("a")])
        (tmp_path / "secret.json").write_text(json.dumps(made["tx/Transactions1.ocf.json"]), encoding="utf-8")
        listed = made["Manifest.ocf.json"]["transactions_files"]
        listed += [
            {"filepath": "Missing.ocf.json"},
            {"filepath": "../secret.json"},
            {"filepath": str(tmp_path / "secret.json")},
            {"filepath": "C:\\secret.json"},
            {"filepath": "tx/../../secret.json"},
            {"filepath": "link.json"},
            {"filepath": "tx"},
            {"filepath": ""},
            {"filepath": "a\0b"},
            {"filepath": 5},
            "Transactions.ocf.json",
            {"filepath": "tx/./Transactions1.ocf.json"},
        ]
        folder = write_folder(tmp_path / "package", made)
        (folder / "link.json").symlink_to(tmp_path / "secret.json")
        document = read_path(str(folder))
        found = [
            (error.pointer.split("/")[3], error.facts["rule"], error.severity.value) for error in document.all_errors
        ]
        assert found == [
            ("1", "no-bytes", "error"),
            ("2", "outside", "error"),
            ("3", "outside", "error"),
            ("4", "outside", "error"),
            ("5", "outside", "error"),
            ("6", "no-bytes", "error"),
            ("7", "no-bytes", "error"),
            ("8", "outside", "error"),
            ("9", "outside", "error"),
            ("10", "missing", "error"),
            ("11", "missing", "error"),
            ("12", "listed-twice", "warning"),
        ]
        assert document.package is not None
        assert [security.undecided for security in document.package.securities] == [""]
        assert "a file of transactions could not be read" in document.package.not_decided[0]

    def test_a_file_of_terms_that_cannot_be_read_is_not_taken_for_missing_terms(self, tmp_path: Path) -> None:
        made = files([issuance("a"), start("a")])
        made["Terms1.ocf.json"] = b"{"
        (document,) = check(write_folder(tmp_path, made), expected=2)["documents"]
        assert [(each["code"], each["location"]["pointer"]) for each in document["errors"]] == [
            ("VV001", "/Terms1.ocf.json")
        ]
        assert document["errors"][0]["location"]["line"] == 1
        assert document["ledger"] == []

    def test_a_wrong_md5_and_files_left_out_of_the_manifest_are_warnings(self, tmp_path: Path) -> None:
        made = files([issuance("a"), start("a")])
        made["Manifest.ocf.json"]["transactions_files"][0]["md5"] = "0" * 32
        made["Manifest.ocf.json"]["vesting_terms_files"][0]["md5"] = (
            hashlib.md5(json.dumps(made["Terms1.ocf.json"], indent=1).encode()).hexdigest().upper()
        )
        made["Extra.ocf.json"] = {"file_type": "OCF_TRANSACTIONS_FILE", "items": [start("nobody")]}
        folder = write_folder(tmp_path, made)
        (document,) = check(folder, expected=0)["documents"]
        assert [(each["severity"], each["facts"]["rule"]) for each in document["errors"]] == [
            ("warning", "md5"),
            ("warning", "unlisted"),
        ]
        assert document["errors"][1]["facts"]["files"] == ["Extra.ocf.json"]
        assert "can be read, with remarks" in run("check", folder).stdout
        assert run("check", folder, "--fail-on", "warning").exit_code == 1

    def test_a_file_listed_under_another_kind_is_found_and_read_as_what_it_is(self, tmp_path: Path) -> None:
        made = files([issuance("a"), start("a")])
        manifest = made["Manifest.ocf.json"]
        manifest["vesting_terms_files"], manifest["transactions_files"] = (
            manifest["transactions_files"],
            manifest["vesting_terms_files"],
        )
        document = read_path(str(write_folder(tmp_path, made)))
        assert [error.facts["rule"] for error in document.all_errors] == ["literal_error", "literal_error"]
        assert document.package is not None
        assert len(document.package.securities) == len(document.terms) == 1

    def test_packages_within_a_folder_are_documents_of_their_own(self, tmp_path: Path) -> None:
        write_folder(tmp_path / "b", files([issuance("a")]))
        write_folder(tmp_path / "b" / "inner", files([issuance("b")]))
        write_folder(tmp_path / "a", {"terms.json": TERMS, "notes.txt": b"no"})
        write_zip(tmp_path / "a", zipped(files([issuance("c")])))
        found = [os.path.relpath(path, tmp_path) for path in expand([str(tmp_path)])]
        assert found == ["a/package.ocf.zip", "a/terms.json", "b", "b/inner"]
        report = check(tmp_path, expected=0)
        assert [document["errors"] for document in report["documents"]] == [[], [], [], []]

    def test_two_manifests_are_one_too_many(self, tmp_path: Path) -> None:
        made = files([issuance("a")])
        made["Another.ocf.json"] = {**made["Manifest.ocf.json"], "transactions_files": []}
        document = read_path(str(write_folder(tmp_path, made)))
        assert rules(document) == [("several-manifests", "/Another.ocf.json")]
        assert document.package is not None
        assert len(document.package.securities) == 1

    @pytest.mark.parametrize(
        "manifest",
        [
            b'{"file_type": "OCF_MANIFEST_FILE", ',
            b'{"file_type": "OCF_MANIFEST_FILE"}',
            b'{"file_type": "OCF_MANIFEST_FILE", "vesting_terms_files": 5, "transactions_files": {}}',
            b'{"file_type": "OCF_MANIFEST_FILE", "file_type": "OCF_MANIFEST_FILE"}',
            b'{"file_type": "OCF_MANIFEST_FILE", "vesting_terms_files": [], "transactions_files": [null, [], "a"]}',
        ],
    )
    def test_a_broken_manifest_is_found(self, manifest: bytes, tmp_path: Path) -> None:
        (document,) = check(write_folder(tmp_path, {"Manifest.ocf.json": manifest}), expected=2)["documents"]
        assert document["errors"]
        assert all(each["location"]["pointer"].startswith("/Manifest.ocf.json") for each in document["errors"])
        assert all(each["location"]["line"] is not None for each in document["errors"])

    def test_the_schema_of_a_manifest_is_no_manifest(self, tmp_path: Path) -> None:
        schema = {"properties": {"file_type": {"const": "OCF_MANIFEST_FILE"}}, "x": {"file_type": "OCF_MANIFEST_FILE"}}
        write_folder(tmp_path, {"OCFManifestFile.schema.json": schema})
        assert [os.path.basename(path) for path in expand([str(tmp_path)])] == ["OCFManifestFile.schema.json"]


class TestArchives:
    @pytest.mark.parametrize("top", ["", "company/", "a/b/"])
    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_an_archive_is_read_like_its_folder(self, top: str, method: int, tmp_path: Path) -> None:
        made = files([issuance("a")], [start("a", vesting_condition_id="unknown")])
        (of_folder,) = check(write_folder(tmp_path / "folder", made))["documents"]
        (of_archive,) = check(write_zip(tmp_path, zipped(made, top, method)))["documents"]
        for document in (of_folder, of_archive):
            document.pop("path")
            document.pop("sha256")
        assert of_archive == of_folder
        assert of_archive["ledger"]

    def test_an_archive_is_read_from_standard_input(self) -> None:
        ended = CliRunner().invoke(main, ["check", "-"], input=zipped(files([issuance("a"), start("a")])))
        assert ended.exit_code == 0, ended.output
        assert "transactions of 1 security  no finding" in ended.stdout

    @staticmethod
    def encrypted() -> bytes:
        data = bytearray(zipped(files([issuance("a")]), method=zipfile.ZIP_STORED))
        for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            offset = data.find(magic)
            while offset >= 0:
                data[offset + place] |= 1
                offset = data.find(magic, offset + 4)
        return bytes(data)

    @staticmethod
    def with_wrong_size() -> bytes:
        data = bytearray(zipped(files([issuance("a")])))
        offset = data.find(b"PK\x01\x02")
        while offset >= 0:
            data[offset + 24 : offset + 28] = struct.pack("<I", 3)
            offset = data.find(b"PK\x01\x02", offset + 4)
        return bytes(data)

    @staticmethod
    def with_many_members() -> bytes:
        return zipped(
            {f"{number}.txt": b"" for number in range(package_files.MAXIMUM_MEMBERS + 1)}, method=zipfile.ZIP_STORED
        )

    @staticmethod
    def with_a_long_directory() -> bytes:
        data = bytearray(zipped(files([issuance("a")])))
        end = data.rfind(b"PK\x05\x06")
        data[end + 12 : end + 16] = struct.pack("<I", 2**31)
        return bytes(data)

    @staticmethod
    def with_another_method() -> bytes:
        return zipped(files([issuance("a")]), method=zipfile.ZIP_LZMA)

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (lambda: b"PK\x03\x04", "list of files is missing"),
            (lambda: zipped(files([issuance("a")]))[:-30], "list of files is missing"),
            (lambda: zipped({}), "without the manifest"),
            (lambda: zipped({"word/document.xml": b"<a/>"}), "without the manifest"),
            (lambda: zipped({"inner.zip": zipped(files([issuance("a")]))}), "without the manifest"),
            (lambda: TestArchives.encrypted(), "without the manifest"),
            (lambda: TestArchives.with_another_method(), "without the manifest"),
            (lambda: TestArchives.with_wrong_size(), "without the manifest"),
            (lambda: TestArchives.with_many_members(), "10,001 files"),
            (lambda: TestArchives.with_a_long_directory(), "too many files"),
        ],
    )
    def test_an_archive_that_is_no_package_is_one_finding(
        self, data: Callable[[], bytes], words: str, tmp_path: Path
    ) -> None:
        (document,) = check(write_zip(tmp_path, data()), expected=2)["documents"]
        (error,) = document["errors"]
        assert error["code"] == "VV001"
        assert words in error["message"]

    def test_a_bomb_is_refused_before_it_is_read(self, tmp_path: Path) -> None:
        made = files([issuance("a"), start("a")])
        made["tx/Transactions1.ocf.json"] = b" " * (60 * 2**20) + b"{}"
        made["Terms1.ocf.json"] = b" " * (65 * 2**20)
        began = time.process_time()
        document = read_path(str(write_zip(tmp_path, zipped(made))))
        spent = time.process_time() - began
        messages = [error.message for error in document.all_errors]
        assert any("500 times larger" in message for message in messages)
        assert any("larger than the 64 MiB" in message for message in messages)
        assert spent < 5

    def test_many_files_in_which_a_manifest_could_be_take_a_bounded_time(self, tmp_path: Path) -> None:
        large = b" " * package_files.MAXIMUM_MANIFEST_BYTES
        made = {f"{number}.json": large for number in range(40)}
        data = zipped(made)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            compressed = sum(member.compress_size for member in archive.infolist())
        assert compressed * 100 < 40 * len(large)
        (error,) = read_path(str(write_zip(tmp_path, data))).all_errors
        assert "without the manifest" in error.message

    def test_the_files_of_one_package_are_read_up_to_a_total(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = files([issuance("a"), start("a")])
        monkeypatch.setattr(package_files, "MAXIMUM_PACKAGE_BYTES", 1_300)
        for path in (write_folder(tmp_path / "folder", made), write_zip(tmp_path, zipped(made))):
            errors = read_path(str(path)).all_errors
            assert [error.code for error in errors] == ["VV001"], [error.message for error in errors]
            assert "the package is larger" in errors[0].message

    def test_unsafe_and_repeated_names_and_archives_in_archives_are_told(self, tmp_path: Path) -> None:
        made = files([issuance("a"), start("a")])
        buffer = io.BytesIO(zipped(made))
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr("../outside.json", "{}")
            archive.writestr("/etc/passwd.json", "{}")
            archive.writestr("inner.zip", zipped(made))
            archive.writestr("__MACOSX/._Terms1.ocf.json", "junk")
            with pytest.warns(UserWarning, match="Duplicate name"):
                archive.writestr("tx/Transactions1.ocf.json", json.dumps(made["tx/Transactions1.ocf.json"]))
        document = read_path(str(write_zip(tmp_path, buffer.getvalue())))
        found = {error.facts["rule"]: error for error in document.all_errors}
        assert set(found) == {"unsafe-name", "repeated-name", "unlisted"}
        assert "'../outside.json'" in found["unsafe-name"].message
        assert "'tx/Transactions1.ocf.json'" in found["repeated-name"].message
        assert found["unlisted"].facts["files"] == ["inner.zip"]

    def test_a_damaged_archive_never_ends_in_a_traceback(self, tmp_path: Path) -> None:
        data = zipped(files([issuance("a")], [start("a")]))
        shuffler = random.Random(11)
        codes: Counter[int] = Counter()
        for _ in range(150):
            damaged = bytearray(data)
            for _ in range(shuffler.randrange(1, 6)):
                damaged[shuffler.randrange(4, len(damaged))] = shuffler.randrange(256)
            document = read_path(
                str(write_zip(tmp_path, bytes(damaged[: shuffler.randrange(len(data) // 2, len(data) + 1)])))
            )
            codes[len(document.all_errors) > 0] += 1
        assert codes[True] > 100


JUNK: list[Any] = [None, True, 7, -1, "", "x", [], {}, [None], {"a": 1}, "9" * 500, "2025-02-30", ["s-a", 5], "\ud800"]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inside for place in _places(each, (*path, key)))]


def test_whatever_stands_at_some_place_of_a_package_ends_in_findings_or_schedules(tmp_path: Path) -> None:
    exercise = {
        "object_type": "TX_EQUITY_COMPENSATION_EXERCISE",
        "id": "exercise",
        "security_id": "s-a",
        "date": "2026-01-01",
        "quantity": "10",
        "resulting_security_ids": ["s-b"],
    }
    modification = {
        "object_type": "TX_VESTING_MODIFICATION",
        "id": "modification",
        "security_id": "s-b",
        "date": "2025-08-01",
        "reason_text": "agreed",
        "vesting_acceleration": {"portion": {"numerator": "1", "denominator": "2"}, "allotment_type": "Prorata"},
    }
    whole = files(
        [issuance("a"), start("a"), exercise, status("a", "2026-05-01", "TERMINATION_VOLUNTARY_OTHER")],
        [issuance("b", vestings=[{"date": "2026-01-01", "amount": "80"}]), start("b"), modification],
        stakeholders=[{"object_type": "STAKEHOLDER", "id": "p-a"}, {"object_type": "STAKEHOLDER", "id": "p-b"}],
    )
    shuffler = random.Random(3)
    places = [place for place in _places(whole) if len(place) > 1]
    seen: Counter[str] = Counter()
    for number, place in enumerate(shuffler.sample(places * 4, 250)):
        made = copy.deepcopy(whole)
        within = made
        for key in place[:-1]:
            within = within[key]
        if shuffler.random() < 0.2 and isinstance(within, dict):
            del within[place[-1]]
        else:
            within[place[-1]] = shuffler.choice(JUNK)
        document = read_path(str(write_folder(tmp_path / str(number), made)))
        terms = [TermsResult(each.pointer, "", each.pointer, (), ()) for each in document.terms]
        if document.package is not None:
            ledger, not_decided = package_findings(document.package, DEFAULT_READING, terms)
            for security in document.package.securities:
                found = schedule_security(security, DEFAULT_READING, None, None)
                assert "internal" not in [error["code"] for error in found.answer.get("errors", ())], found.answer
                seen[found.status] += 1
            seen["findings"] += bool(ledger)
            seen["not decided"] += bool(not_decided)
        result = with_positions(DocumentResult("p", "", None, document.all_errors), document)
        if document.package is not None:
            assert all(error.pointer in result.positions for error in document.all_errors), document.all_errors
        seen["errors"] += bool(document.all_errors)
    assert min(seen["errors"], seen["findings"], seen["not decided"], seen["ended"]) >= 10, seen


class TestSchedules:
    def test_a_package_is_shown_with_one_line_a_security(self) -> None:
        ended = run("schedule", EXAMPLE, "--as-of", "2025-06-30")
        assert ended.exit_code == 0
        lines = [line.split() for line in ended.stdout.splitlines()]
        assert lines[1][:8] == ["security-ada", "OPT-1", "four-years-monthly", "4800", "1700", "3100", "0", "1700"]
        assert lines[2][3:] == ["2400", "750", "0", "1650", "750", "ended"]
        assert lines[3][3:] == ["1000", "0", "1000", "0", "-", "vesting"]
        assert lines[-1] == ["As", "of", "2025-06-30."]

    def test_one_security_is_shown_like_a_case_with_what_happened(self) -> None:
        for name in ("security-ben", "OPT-2"):
            ended = run("schedule", EXAMPLE, "--security", name, "--as-of", "2025-06-30")
            assert ended.exit_code == 0
            assert "As of 2025-06-30: 750 vested, 0 unvested, 1650 forfeited, 750 exercisable." in ended.stdout
            assert "2025-04-30    1650  forfeited" in ended.stdout

    def test_json_has_an_answer_of_the_engine_protocol_for_each(self) -> None:
        answer = json.loads(run("schedule", EXAMPLE, "--format", "json").stdout)
        assert answer["format"] == "vestverify.package-schedule/1"
        assert [each["id"] for each in answer["securities"]] == ["security-ada", "security-ben", "security-cleo"]
        for each in answer["securities"]:
            assert list(each)[:7] == ["id", "custom_id", "vesting_terms_id", "status", "granted", "as_of", "forfeited"]
            assert sum(int(row["quantity"]) for row in each["schedule"]) == int(each["vested"])
        one = json.loads(run("schedule", EXAMPLE, "--security", "security-ben", "--format", "json").stdout)
        assert one["securities"] == answer["securities"][1:2]

    def test_a_termination_on_the_command_line_wins_over_the_package(self) -> None:
        ended = run("schedule", EXAMPLE, "--terminate", "2025-01-20", "--format", "json")
        vested = {each["id"]: each["vested"] for each in json.loads(ended.stdout)["securities"]}
        assert vested == {"security-ada": "1200", "security-ben": "600", "security-cleo": "0"}

    def test_a_case_can_be_terminated_as_well(self) -> None:
        case = ROOT / "examples" / "grant-case.json"
        ended = run("schedule", case, "--terminate", "2024-06-01", "--as-of", "2026-01-01")
        assert ended.exit_code == 0
        assert "0 unvested" in ended.stdout
        assert "employment ended" in ended.stdout
        assert run("schedule", case, "--terminate", "soon").exit_code == 2

    @pytest.mark.parametrize(
        ("transactions", "code", "status"),
        [
            ([issuance("a"), start("a")], 0, "fully vested"),
            ([issuance("a", vesting_terms_id="nowhere")], 1, "defective"),
            ([issuance("a"), start("a", date="soon")], 2, "not decided"),
            ([issuance("a"), issuance("a", id="b")], 2, "not decided"),
            ([issuance("a", date="2026-01-01")], 0, "vesting"),
        ],
    )
    def test_the_exit_code_is_that_of_the_worst_security(
        self, transactions: list[Any], code: int, status: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "package.json"
        good = [issuance("good"), start("good")]
        path.write_text(json.dumps({"vesting_terms": [TERMS], "transactions": good + transactions}), encoding="utf-8")
        ended = run("schedule", path)
        assert ended.exit_code == code
        assert ended.stdout.splitlines()[1].endswith("fully vested")
        assert ended.stdout.splitlines()[2].endswith(status)
        assert bool(ended.stderr) == (code != 0)
        assert run("schedule", path, "--security", "s-good").exit_code == 0
        assert run("schedule", path, "--security", "s-a").exit_code == code
        assert json.loads(run("schedule", path, "--format", "json").stdout)["securities"][1]["status"] == status

    def test_a_security_that_is_not_there_is_an_error_of_the_command_line(self) -> None:
        ended = run("schedule", EXAMPLE, "--security", "security-bob")
        assert ended.exit_code == 2
        assert "Did you mean 'security-ben'?" in ended.stderr
        assert run("schedule", ROOT / "examples" / "grant-case.json", "--security", "x").exit_code == 2

    def test_terms_of_a_package_are_scheduled_and_proved_by_their_id(self) -> None:
        terms = ("--terms", "four-years-monthly")
        ended = run("schedule", EXAMPLE, *terms, "--quantity", "48", "--start", "2025-01-01")
        assert ended.exit_code == 0
        assert "of 48 granted" in ended.stdout
        assert run("prove", "VV301", EXAMPLE, *terms).exit_code == 0


def test_ten_times_the_securities_take_about_ten_times_the_time(tmp_path: Path) -> None:
    spent = []
    for count in (300, 3_000):
        many = [each for number in range(count) for each in (issuance(str(number)), start(str(number)))]
        more = [
            {
                "object_type": "TX_STOCK_ACCEPTANCE",
                "id": f"a{number}",
                "security_id": f"s-{number % count}",
                "date": "2025-01-01",
            }
            for number in range(count * 8)
        ]
        folder = write_folder(tmp_path / str(count), files(many, more))
        began = time.process_time()
        document = read_path(str(folder))
        spent.append(time.process_time() - began)
        assert document.all_errors == ()
        assert document.package is not None
        assert len(document.package.securities) == count
    assert spent[1] < 30 * max(spent[0], 0.05)


def test_findings_about_ids_are_listed_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAXIMUM_ALIKE", 3)
    document = package(*(start(str(number)) for number in range(8)))
    assert [error.facts["rule"] for error in document.all_errors] == ["dangling-security"] * 3 + ["too_many"]
    assert "5 more findings" in document.all_errors[-1].message


def test_a_check_of_the_example_finds_nothing_wrong_with_its_transactions() -> None:
    (document,) = check(EXAMPLE, expected=0)["documents"]
    assert document["errors"] == document["ledger"] == []
    assert len(document["terms"]) == 2


# ---- Published packages, kept beside the project, where they are there ----


def _published() -> list[Any]:
    found = sorted(
        path for folder in ("packages", "transactions", "legacy") for path in CORPUS.glob(f"*/{folder}/*.json")
    )
    skip = pytest.mark.skip(reason=f"nothing to run: no such files in {CORPUS}")
    return [pytest.param(path, id=path.relative_to(CORPUS).as_posix()) for path in found] or [
        pytest.param(None, marks=skip)
    ]


def _quirks(path: Path) -> list[str]:
    with (CORPUS / "INDEX.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["file"]: row["quirks"] for row in csv.DictReader(lines)}
    return rows.get(path.relative_to(CORPUS).as_posix(), "").split(" ;; ")


def _told_of(quirk: str) -> list[tuple[str, str, str]]:
    """What must be found of a remark of the index: code, key of the facts or ``message``, and what that says."""
    if found := re.match(r"\w+ (\S+): dated \S+ before issuance", quirk):
        return [("VV510", "transaction_id", found[1])]
    if found := re.match(r"\w+ (\S+): quantity > issued", quirk):
        return [("VV505", "transaction_id", found[1])]
    if found := re.match(r"dangling vesting_terms_id (\S+)", quirk):
        return [("VV501", "message", f"the vesting terms '{found[1]}', which are not there")]
    if "security_id reused" in quirk:
        return [
            ("VV003", "message", f"issues the security '{name}', which is issued already")
            for name in re.findall(r"(\S+) x\d+", quirk)
        ]
    return []


@pytest.mark.parametrize("path", _published())
def test_a_published_package_is_read_and_its_known_contradictions_are_found(path: Path) -> None:
    (document,) = check(path)["documents"]
    findings = [*document["errors"], *document["ledger"]]
    for quirk in _quirks(path):
        for code, key, said in _told_of(quirk):
            told = [
                each["message"] if key == "message" else each["facts"].get(key)
                for each in findings
                if each["code"] == code
            ]
            assert any(said in (each or "") for each in told), f"{quirk}: only {told}"
    assert all(each["location"]["line"] is not None for each in findings)


@pytest.mark.parametrize("path", _published())
def test_the_schedules_of_a_published_package_are_shown(path: Path) -> None:
    if "legacy" in path.parts:
        pytest.skip("no package")
    ended = run("schedule", path, "--format", "json")
    assert ended.exit_code in (0, 1, 2, 3), ended.output[-2000:]
    assert json.loads(ended.stdout)["format"] == "vestverify.package-schedule/1"
    assert run("schedule", path).exit_code == ended.exit_code


def test_the_index_names_contradictions_that_the_tests_above_look_for() -> None:
    paths = [each.values[0] for each in _published() if each.values[0] is not None]
    if not paths:
        pytest.skip(f"nothing to run: no such files in {CORPUS}")
    codes = Counter(code for path in paths for quirk in _quirks(path) for code, _, _ in _told_of(quirk))
    assert codes["VV510"] >= 10
    assert codes["VV505"] >= 5
    assert codes["VV003"] >= 5
    assert codes["VV501"] >= 1
