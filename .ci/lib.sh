# Sourced by .ci/run and .ci/nightly: runs steps and sets up the machine.
#
# Each step writes a log. The output is one line per step, the relevant part of the log of each
# failed step, and a summary. Set CI_LOGS to keep the logs in a folder, and OWN_DATABASES=1 to start
# separate databases even if some are already running.
set -uo pipefail

unset DATABASE_URL DJANGO_SETTINGS_MODULE PYTHONPATH VERSIONS VIRTUAL_ENV
# CI: Hypothesis tries the same examples in every run, so that failures can be reproduced.
export REQUIRE_BROWSER=1 DEBIAN_FRONTEND=noninteractive CI=true

work=$(mktemp -d)
logs=${CI_LOGS:-$work/logs}
mkdir -p "$logs"
. scripts/databases.sh

# Modules are compiled once per environment instead of once per process.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$work/pycache

clean_up() {
    stop_databases >/dev/null 2>&1
    wait
    rm -rf "$work"
}
trap clean_up EXIT

# -- Steps ---------------------------------------------------------------------------------------

step() { # NAME COMMAND…
    local name=$1 begin=$SECONDS verdict=ok log
    shift
    log="$logs/$(tr -c '[:alnum:]\n' - <<<"$name").log"
    "$@" </dev/null >"$log" 2>&1 || verdict=FAILED
    report "$verdict" $((SECONDS - begin)) "$name"
    # Which versions ran, on which database.
    grep -E '^Python [0-9.]+, Django ' "$log"
    if [ "$verdict" = FAILED ]; then
        show_failure "$log" | sed 's/^/    /'
        return 1
    fi
    # pytest's last line, and what it says about skipped tests.
    grep -E '^(=+ .*(passed|failed|no tests ran).* =+|SKIPPED .*|The browser tests .*|The walks .*|Weight of .*)$' "$log"
    return 0
}

report() { # VERDICT SECONDS TEXT
    printf '%-6s %4d s  %s\n' "$@" | tee -a "$work/summary"
}

show_failure() { # LOG: a short list of failed tests with reasons, their tracebacks, and the end
    grep -E '^(FAILED|ERROR|E  ) ' "$1" | head -n 25
    sed -n '/^=\+ \(FAILURES\|ERRORS\) =\+$/,/^\(=\+ warnings\|=\+ tests coverage\|=\+ short\)/p' "$1" |
        head -n 150
    tail -n 40 "$1"
}

summary() { # prints the summary; fails if a step failed
    echo
    echo "Summary, after $((SECONDS / 60)) min $((SECONDS % 60)) s:"
    cat "$work/summary"
    ! grep -q '^FAILED' "$work/summary"
}

# -- The machine ---------------------------------------------------------------------------------

install_packages() { # PACKAGE…: the ones that aren't installed yet
    local package wanted=()
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null |
            grep -qx installed || wanted+=("$package")
    done
    [ ${#wanted[@]} -eq 0 ] && return
    if [ -z "${packages_listed:-}" ]; then
        apt-get update --quiet || return
        packages_listed=1
    fi
    apt-get install --quiet --yes --no-install-recommends "${wanted[@]}"
}

find_python() { # VERSION…: the first one that's installed and complete
    local version candidate
    for version in "$@"; do
        for candidate in "$(type -P "python$version")" \
            "$HOME"/.pyenv/versions/"$version".*/bin/"python$version"; do
            if [ -x "$candidate" ] && "$candidate" -c "import ensurepip, sqlite3, ssl, sys
sys.exit('.'.join(map(str, sys.version_info[:2])) != '$version')" >/dev/null 2>&1; then
                echo "$candidate"
                return
            fi
        done
    done
    return 1
}

find_pythons() {
    # Debian 12 has a package for this version.
    find_python 3.11 >/dev/null ||
        install_packages python3.11-dev python3.11-venv >"$logs/python.log" 2>&1
    oldest_python=$(find_python 3.11)
    middle_python=$(find_python 3.12 3.13 3.14)
    usual_python=$(find_python 3.13 3.14 3.12)
    sets=(${oldest_python:+oldest} ${middle_python:+middle} ${usual_python:+usual})
    [ -n "$oldest_python" ] || report FAILED 0 "$(label oldest): there is no Python 3.11"
    [ -n "$usual_python" ] || report FAILED 0 "$(label usual): there is no Python 3.12 or newer"
    # make uses python3, as it does for newcomers, unless that's too old.
    if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        PYTHON=$(find_python 3.11 3.12 3.13) && export PYTHON
    fi
}

prepare_machine() {
    step "packages" install_packages build-essential chromium-headless-shell dovecot-imapd \
        fonts-dejavu-core fonts-liberation gettext libmariadb-dev make pkg-config
    type -P java >/dev/null || step "Java, for the HTML checker" install_packages default-jre-headless
    step "PostgreSQL" start_postgres
    step "MariaDB" start_mariadb
    find_pythons
    # Without a URL, the suite would silently run on SQLite.
    postgres=${postgres_url:-postgres://nobody@127.0.0.1:1/none}
    mariadb=${mariadb_url:-mysql://nobody@127.0.0.1:1/none}
}

# -- Checks --------------------------------------------------------------------------------------

label() { # SET: its name in step names
    case $1 in
    oldest) echo "oldest versions" ;;
    middle) echo "versions in between" ;;
    usual) echo "usual versions, newest Python" ;;
    esac
}

set_up() { # SET: create a virtual environment with its locked versions and all database drivers
    local python=$1_python versions=$1
    [ "$1" = usual ] && versions=""
    "${!python}" scripts/setup_venv.py --venv "$work/$1" --versions "$versions" \
        --group test --group postgres --group mysql
}

migrations_are_complete() { # SET
    "$work/$1/bin/python" -m django makemigrations --check --dry-run --settings tests.settings \
        wagtail_portal wagtail_portal_pages &&
        EXAMPLE_SITE_VAR="$work/var" \
            "$work/$1/bin/python" example_site/manage.py makemigrations --check --dry-run
}

production_is_clean() { # SET
    local manage=(env SECRET_KEY="$(head -c 48 /dev/urandom | base64 -w 0)"
        ALLOWED_HOSTS=support.example BASE_URL=https://support.example EMAIL_HOST=mail.example
        DATABASE_URL="sqlite:///$work/production.sqlite3" EXAMPLE_SITE_VAR="$work/production"
        DJANGO_SETTINGS_MODULE=example_site.settings.production
        "$work/$1/bin/python" example_site/manage.py)
    "${manage[@]}" check --deploy --fail-level WARNING && "${manage[@]}" collectstatic --no-input
}

suite() { # SET DATABASE_URL [ARGUMENT…]
    local python=(env ${2:+DATABASE_URL="$2"} "$work/$1/bin/python")
    shift 2
    "${python[@]}" scripts/versions.py && "${python[@]}" -m pip list &&
        "${python[@]}" -m pytest --numprocesses auto --dist worksteal -rs "$@"
}

upgrade_works() { # [URL OF A POSTGRESQL SERVER]
    local python="$work/usual/bin/python" url="${1:+$1/upgrade_$$}"
    [ -z "$url" ] || psql "$1/postgres" --command "create database upgrade_$$" || return
    env ${url:+DATABASE_URL="$url"} "$python" scripts/try_upgrade.py
}

release_is_ready() { # build a release and check the example site with it
    local tools="$work/release/bin/python" site="$work/installed" python=${PYTHON:-python3}
    "$python" scripts/setup_venv.py --venv "$work/release" --group release &&
        "$tools" -m build --no-isolation --outdir "$work/dist" . &&
        "$tools" -m twine check --strict "$work"/dist/* &&
        # The workflow that publishes them takes these files.
        { [ -z "${DIST:-}" ] || { mkdir -p "$DIST" && cp "$work"/dist/* "$DIST"; }; } &&
        "$python" -m venv "$site" &&
        "$site/bin/python" -m pip install --no-compile --require-hashes --requirement \
            requirements/demo.txt &&
        "$site/bin/python" -m pip install --no-deps --no-index "$work"/dist/*.whl &&
        "$site/bin/python" -m pip check &&
        # In another folder, so that the package can only come from the wheel.
        tar --create --exclude=example_site/var example_site | tar --extract --directory "$site" &&
        EXAMPLE_SITE_VAR="$site/var" "$site/bin/python" "$site/example_site/manage.py" check &&
        # A new project, in which the guide is followed to the letter, and each line left out.
        "$site/bin/python" scripts/try_install.py --leave-out "$([ -n "${THOROUGH:-}" ] && echo all || echo 3)" &&
        # Sites of other kinds, which have to stay as they were.
        "$site/bin/python" scripts/try_install.py --host uuid
}

hosts_stay_as_they_were() { # after release_is_ready: all kinds of sites, with all optional packages
    local site="$work/installed"
    "$site/bin/python" -m pip install --no-compile --no-build-isolation --require-hashes \
        --requirement requirements/build.txt --requirement requirements/test.txt &&
        "$site/bin/python" scripts/try_install.py --host allauth --host uuid --host base-page
}
