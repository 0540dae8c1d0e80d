#!/bin/sh
# Compiles the proofs and checks that nothing in them was assumed.
# Prints one line and exits 0, or says what is wrong and exits 1.
set -eu
cd "$(dirname "$0")"

modules="Interpolation Shamir Decoding TwoLevel"

fail() {
    echo "proofs: $*" >&2
    exit 1
}

# Debian's coq and mathcomp; only the first run on a machine installs anything.
have_coq() {
    command -v coqc >/dev/null && [ -d "$(coqc -where)/user-contrib/mathcomp/algebra" ]
}

if ! have_coq; then
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends coq libcoq-mathcomp-algebra >/dev/null
    have_coq || fail "coq or mathcomp is still missing after installing it"
fi

# An escape hatch is refused wherever it stands, even in a comment.
if grep -nwE 'Admitted|admit|give_up|Axioms?|Parameters?|Conjectures?|bypass_check' ./*.v; then
    fail "an unproved statement (above)"
fi

# Compile a copy, so that no object file lands in the source tree.
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cp ./*.v "$build"
cd "$build"
for module in $modules; do
    # Only mathcomp's own import warnings are silenced.
    coqc -q -w -notation-overridden,-ambiguous-paths -R . QuStream "$module.v" ||
        fail "$module.v does not compile"
done
coqc -q -w -notation-overridden,-ambiguous-paths -R . QuStream Assumptions.v >assumptions.txt ||
    fail "Assumptions.v does not compile"

# Every theorem must be asked about, and every answer must be "closed".
stated=$(cat ./*.v | sed -n 's/^Theorem \([A-Za-z0-9_]*\).*/\1/p' | sort)
asked=$(sed -n 's/^Print Assumptions \([A-Za-z0-9_]*\)\.$/\1/p' Assumptions.v | sort)
[ "$stated" = "$asked" ] || fail "the theorems and the list in Assumptions.v differ"

count=$(echo "$asked" | wc -l)
closed=$(grep -cx 'Closed under the global context' assumptions.txt || true)
lines=$(wc -l <assumptions.txt)
if [ "$closed" -ne "$count" ] || [ "$lines" -ne "$count" ]; then
    cat assumptions.txt >&2
    fail "$closed of $count theorems are free of axioms"
fi

echo "$count theorems checked, 0 axioms"
