# Sourced by .ci/lib.sh: finds PostgreSQL, MariaDB, Redis and RabbitMQ on this machine, or installs
# and starts them. Their data is kept in $work, and they don't wait for the disk.

postgres_answers() { # PORT
    command -v psql && PGCONNECT_TIMEOUT=5 \
        psql --no-password --host 127.0.0.1 --port "$1" --username postgres --command "select 1" postgres
}

mariadb_answers() { # PORT
    command -v mariadb && mariadb --no-defaults --connect-timeout=5 \
        --host=127.0.0.1 --port="$1" --user=root --execute="select 1"
}

wait_until() { # COMMAND…: half a minute at most
    for _ in $(seq 60); do
        "$@" && return
        sleep 0.5
    done
    return 1
}

start_postgres() {
    local port=5432 bin data="$work/postgres"
    if ! postgres_answers "$port" || [ -n "${OWN_DATABASES:-}" ]; then
        port=55432
        install_packages postgresql postgresql-client || return
        bin=$(dirname "$(find /usr/lib/postgresql -name initdb | sort -V | tail -n 1)")
        mkdir -p "$data" && chown postgres "$data" && chmod go+x "$work" || return
        # initdb refuses to run as root.
        runuser -u postgres -- "$bin/initdb" --pgdata "$data" --auth trust --encoding UTF8 || return
        runuser -u postgres -- "$bin/pg_ctl" start --pgdata "$data" --log "$data/log" --options \
            "-p $port -k $data -c listen_addresses=127.0.0.1 -c fsync=off" || return
        stop_postgres="runuser -u postgres -- $bin/pg_ctl stop --pgdata $data --mode immediate"
        wait_until postgres_answers "$port" || return
    fi
    postgres_url="postgres://postgres@127.0.0.1:$port/wagtail_portal_ci"
}

start_mariadb() {
    local port=3306 data="$work/mariadb"
    if ! mariadb_answers "$port" || [ -n "${OWN_DATABASES:-}" ]; then
        port=53306
        install_packages mariadb-server mariadb-client || return
        mkdir -p "$data" && chown mysql "$data" && chmod go+x "$work" || return
        mariadb-install-db --no-defaults --user=mysql --datadir="$data" \
            --auth-root-authentication-method=normal --skip-test-db || return
        mariadbd --no-defaults --user=mysql --datadir="$data" --socket="$data/socket" \
            --pid-file="$data/pid" --bind-address=127.0.0.1 --port="$port" \
            --innodb-flush-log-at-trx-commit=0 >"$data/log" 2>&1 &
        stop_mariadb="kill $!"
        wait_until mariadb_answers "$port" || return
    fi
    mariadb_url="mysql://root@127.0.0.1:$port/wagtail_portal_ci"
}

start_redis() {
    redis-cli ping && return
    install_packages redis-server || return
    redis-server --bind 127.0.0.1 --save "" --dir "$work" >"$work/redis.log" 2>&1 &
    stop_redis="kill $!"
    wait_until redis-cli ping
}

start_rabbitmq() {
    local data="$work/rabbitmq"
    rabbitmqctl await_startup --timeout 5 && return
    install_packages rabbitmq-server || return
    rabbitmqctl await_startup --timeout 5 && return
    mkdir -p "$data" && chown rabbitmq "$data" && chmod go+x "$work" || return
    RABBITMQ_MNESIA_BASE="$data" RABBITMQ_LOG_BASE="$data" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
        rabbitmq-server -detached || return
    stop_rabbitmq="rabbitmqctl shutdown"
    rabbitmqctl await_startup --timeout 60
}

stop_databases() {
    ${stop_redis:-true}
    ${stop_rabbitmq:-true}
    ${stop_postgres:-true}
    ${stop_mariadb:-true}
}
