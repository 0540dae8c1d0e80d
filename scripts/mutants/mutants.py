#!/usr/bin/env python3
"""Plants the faults of mutants.toml, one at a time, and shows which layer of tests notices each.

    mutants.py --check        every text to replace occurs once where it should
    mutants.py [NUMBER ...]   builds the copy, tries all faults or these, prints a table

One build of a copy holds all faults; the environment variable MUTANT chooses one of them at run time.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / ".build-mutants" / "tree"
FLAGS = ["-c", "release", "-Xcc", "-DNDEBUG"]
SWITCH = """\
import Glibc

/// The fault that is planted in this process; 0 for none.
public enum Mutant {
    public static let planted: Int = getenv("MUTANT").flatMap { Int(String(cString: $0)) } ?? 0
}
"""
SIMULATOR = """\
        .executableTarget(
            name: "Simulator", dependencies: ["Primitives", "Cryptography", "ChainTypes", "Signer", "Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser")]),"""
# The command's own source, as a program of its own: it needs no network and no disk, so little is built.
COMMAND = ["SimulateCommand.swift", "Refusal.swift", "Output.swift"]
# What is tried in turn, after the scenario that is named with a fault: options of `qustream simulate`, and seconds at most.
CAMPAIGNS = [
    (["--runs", "60"], 240),
    (["--runs", "20", "--validators", "7"], 240),
    (["--runs", "6", "--validators", "5", "--changing"], 240),
]
# What the core suite is made of.
CORE = ("Sources/Consensus/", "Sources/ChainTypes/")
SCENARIO_RUNS = "20"


def mutants():
    with open(Path(__file__).with_name("mutants.toml"), "rb") as file:
        found = tomllib.load(file)["mutant"]
    numbers = [mutant["number"] for mutant in found]
    if len(set(numbers)) != len(numbers):
        sys.exit("two faults have one number")
    return sorted(found, key=lambda mutant: mutant["number"])


def planted(mutant, texts):
    """Plants a fault in the texts of its files."""
    for edit in mutant["edits"]:
        text = texts[edit["file"]]
        count = text.count(edit["find"])
        if count != 1:
            sys.exit(f"mutant {mutant['number']}: {count} times in {edit['file']}, not once:\n{edit['find']}")
        put = edit["put"].replace("PLANTED", f"(Mutant.planted == {mutant['number']})").replace("ORIGINAL", edit["find"])
        texts[edit["file"]] = text.replace(edit["find"], put)


def rewritten():
    """The texts of all files that faults change, with all of them planted."""
    found = mutants()
    texts = {edit["file"]: (ROOT / edit["file"]).read_text() for mutant in found for edit in mutant["edits"]}
    for mutant in found:
        planted(mutant, texts)
    return {name: text if "\nimport Primitives\n" in "\n" + text else "import Primitives\n" + text for name, text in texts.items()}


def manifest():
    """The package with the simulator alone as a program, and without the tests that are not run here."""
    kept = []
    skipping = False
    for line in (ROOT / "Package.swift").read_text().splitlines():
        if re.match(r" {,8}\S", line):
            skipping = re.match(r' {8}tests\("(?!ConsensusTests)', line) or (skipping and re.match(r" {8}\]", line))
        if not skipping:
            kept.append(line)
        if line == "    targets: [":
            kept.append(SIMULATOR)
    return "\n".join(kept) + "\n"


def write(path, text):
    """Leaves alone what is the same already, so that the next build is short."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def make_copy():
    changed = rewritten()
    changed["Sources/Primitives/Mutant.swift"] = SWITCH
    changed["Package.swift"] = manifest()
    changed["Sources/Simulator/main.swift"] = "Simulate.main()\n"
    for name in COMMAND:
        changed[f"Sources/Simulator/{name}"] = (ROOT / "Sources/qustream" / name).read_text()
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    listed = [name for name in files.stdout.splitlines() if name.startswith(("Sources/", "Tests/", "Benchmarks/"))]
    wanted = {name for name in listed if (ROOT / name).is_file()}
    for name in wanted - set(changed):
        target = COPY / name
        if not target.exists() or target.read_bytes() != (ROOT / name).read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
            os.utime(target)
    for name, text in changed.items():
        write(COPY / name, text)
    for folder in ["Sources", "Tests"]:
        for path in (COPY / folder).rglob("*.swift"):
            name = str(path.relative_to(COPY))
            if name not in wanted and name not in changed:
                path.unlink()
    vendor = "Sources/CBLST/vendor"
    if not (COPY / vendor).exists():
        shutil.copytree(ROOT / vendor, COPY / vendor)


def build():
    """Builds the simulator and the core suite, and returns their folder."""
    subprocess.run(["swift", "build", *FLAGS, "--product", "Simulator"], cwd=COPY, check=True)
    # Testable imports would have everything compiled anew. This runs the suite as well: without a fault it must pass.
    suite = ["--disable-testable-imports", "--test-product", "qustreamPackageTests", "--filter", "ConsensusTests"]
    subprocess.run(["swift", "test", *FLAGS, *suite], cwd=COPY, check=True)
    folder = subprocess.run(["swift", "build", *FLAGS, "--show-bin-path"], cwd=COPY, check=True, capture_output=True, text=True)
    return Path(folder.stdout.strip())


def run(command, mutant, seconds):
    """What a command says when it fails under a fault; None where it passes or cannot tell in time."""
    environment = os.environ | {"MUTANT": str(mutant)}
    try:
        done = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True, errors="replace", timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode == 0 else done.stdout + done.stderr


def core(folder, mutant):
    """Which test of the core suite notices a fault, if it is in the core at all."""
    if not any(edit["file"].startswith(CORE) for edit in mutant["edits"]):
        return None
    suite = [folder / "qustreamPackageTests.xctest", "--testing-library", "swift-testing", "--filter", "ConsensusTests"]
    said = run(suite, mutant["number"], 300)
    if said is None:
        return None
    failed = re.findall(r"Test (\w+)\(.*?\).* recorded an issue", said)
    seed = re.search(r"seed (\d+)", said)
    name = failed[0] if failed else "stops the process"
    return f"{name}, seed {seed[1]}" if seed and failed else name


def simulated(folder, mutant, options, seconds):
    said = run([folder / "Simulator", *options], mutant, seconds)
    if said is None:
        return None
    lines = [line for line in said.splitlines() if line.strip()]
    repeat = next((line for line in lines if line.startswith("repeat it with")), "")
    what = lines[0].removeprefix("Error: ") if repeat else "stops the process"
    seed = re.search(r"SEED=(\d+)", repeat)
    place = "any" if "--scenario" not in options else options[options.index("--scenario") + 1]
    size = options[options.index("--validators") + 1] if "--validators" in options else "4"
    kind = ", changing" if "--changing" in options else ""
    what = re.sub(r"0x[0-9a-f]{64} |, seed [0-9]+$", "", what)
    return f"{place}, n = {size}{kind}, seed {seed[1] if seed else '?'}: {what}"


def campaigns(mutant):
    named = [(["--scenario", mutant["scenario"], "--runs", SCENARIO_RUNS], 240)] if "scenario" in mutant else []
    return named + CAMPAIGNS


def attempt(folder, mutant):
    """A row of the table, and whether the fault was noticed."""
    number = mutant["number"]
    noticed = core(folder, mutant)
    # Where the core suite has noticed already, the simulations get one chance to notice as well.
    tried = campaigns(mutant)[: 1 if noticed else None]
    found = next((said for options, seconds in tried if (said := simulated(folder, number, options, seconds))), None)
    verdict = "equivalent: " + mutant["equivalent"] if "equivalent" in mutant else "NOT CAUGHT"
    missed = "-" if noticed else verdict
    print(f"| {number} | {mutant['name']} | {noticed or '-'} | {found or missed} |", flush=True)
    return bool(noticed or found)


def main():
    arguments = sys.argv[1:]
    if arguments == ["--check"]:
        return rewritten() and None
    chosen = [mutant for mutant in mutants() if not arguments or str(mutant["number"]) in arguments]
    make_copy()
    folder = build()
    for options, seconds in CAMPAIGNS:
        if said := simulated(folder, 0, options, seconds * 2):
            sys.exit(f"without a fault: {said}")
    print("| # | Fault | Core suite | Simulation |\n|---|---|---|---|", flush=True)
    started = time.monotonic()
    caught = [mutant for mutant in chosen if attempt(folder, mutant)]
    print(f"{len(caught)} of {len(chosen)} caught in {(time.monotonic() - started) / 60:.0f} minutes")
    if any(mutant not in caught and "equivalent" not in mutant for mutant in chosen):
        sys.exit(1)


if __name__ == "__main__":
    main()
