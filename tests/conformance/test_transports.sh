#!/bin/bash
# Every transport that the configuration knows carries a call; TLS refuses whom it must.
set -u
. "$(dirname "$0")/../support/office.sh"
failures=0 count=0 daemons=
cleanup() {
    for pid in $daemons; do kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done
    "$source/deploy/private-postgres" stop "$work/pg"
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work" || exit 1

# A certificate authority, and what it signs: NAME SUBJECT DAYS-FROM DAYS-UNTIL, under AUTHORITY.
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.crt" -days 30 -subj "/CN=$1" 2>/dev/null
    mkdir -p "$1.db" && : >"$1.db/index" && echo 01 >"$1.db/serial"
    cat >"$1.cnf" <<END
[ca]
default_ca = this
[this]
database = $work/$1.db/index
serial = $work/$1.db/serial
new_certs_dir = $work/$1.db
certificate = $work/$1.crt
private_key = $work/$1.key
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
END
}
certificate() { # name, subject, from, until, authority
    openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$2" -addext "subjectAltName=DNS:$2" 2>/dev/null
    openssl ca -batch -notext -config "$5.cnf" -in "$1.csr" -out "$1.crt" -startdate "$(date -u -d "$3" +%y%m%d%H%M%SZ)" -enddate "$(date -u -d "$4" +%y%m%d%H%M%SZ)" >/dev/null 2>&1
    cat "$1.crt" "$1.key" >"$1.pem"
}
authority office
authority stranger
certificate server localhost yesterday "next week" office
certificate expired localhost "last month" yesterday office
certificate other elsewhere.example yesterday "next week" office
certificate client client yesterday "next week" office
certificate impostor client yesterday "next week" stranger
[ -s server.crt ] && [ -s impostor.crt ] || { echo "openssl made no certificates"; exit 1; }

"$source/deploy/private-postgres" start "$work/pg" || exit 1
port=$((20000 + RANDOM % 30000))
start() { # name, certificate, client_ca or "", addresses
    name=$1
    {
        printf '[service]\naudience = test\nkey = %s/service.key\n[database]\nconninfo = %s\n' "$work" "$("$source/deploy/private-postgres" conninfo "$work/pg")"
        printf '[tls]\ncertificate = %s/%s.crt\nkey = %s/%s.key\n' "$work" "$2" "$work" "$2"
        [ -z "$3" ] || printf 'client_ca = %s/%s.crt\n' "$work" "$3"
        [ "$name" != all ] || printf '[metrics]\nurl = http://127.0.0.1:%s\n' $((port + 7))
        printf '[listen]\nurl = ipc://%s/%s.sock\n' "$work" "$name"
        shift 3
        for url in "$@"; do echo "url = $url"; done
    } >"$name.conf"
    [ -f admin.key ] || "$build/nithetd" init -c "$name.conf" --admin-key admin.key 2>init.log || { cat init.log; exit 1; }
    "$build/nithetd" -c "$name.conf" 2>"$name.log" &
    daemons="$daemons $!"
    for _ in $(seq 100); do "$nithet" health --endpoint "ipc://$work/$name.sock" --timeout 500 >/dev/null 2>&1 && return; sleep 0.1; done
    cat "$name.log"
    exit 1
}
start all server "" "tcp://127.0.0.1:$port" "ws://127.0.0.1:$((port + 1))/nithet" "tls+tcp://127.0.0.1:$((port + 2))" "wss://localhost:$((port + 3))/nithet"
start expired expired "" "tls+tcp://127.0.0.1:$((port + 4))"
start other other "" "tls+tcp://127.0.0.1:$((port + 5))"
start mutual server office "tls+tcp://127.0.0.1:$((port + 6))"

check() { # what, status, arguments of whoami
    count=$((count + 1))
    what=$1 want=$2
    shift 2
    "$nithet" whoami --key admin.key --timeout 4000 "$@" >out 2>&1
    got=$?
    [ $got = "$want" ] || { echo "FAILED: $what: exit status $got instead of $want"; cat out; failures=$((failures + 1)); }
}
check "tcp" 0 --endpoint "tcp://127.0.0.1:$port"
check "ipc" 0 --endpoint "ipc://$work/all.sock"
check "ws" 0 --endpoint "ws://127.0.0.1:$((port + 1))/nithet"
check "tls+tcp" 0 --endpoint "tls+tcp://localhost:$((port + 2))" --ca office.crt
check "wss" 0 --endpoint "wss://localhost:$((port + 3))/nithet" --ca office.crt
check "TLS without an authority" 2 --endpoint "tls+tcp://localhost:$((port + 2))"
check "another authority" 6 --endpoint "tls+tcp://localhost:$((port + 2))" --ca stranger.crt --timeout 1500
check "an expired certificate" 6 --endpoint "tls+tcp://localhost:$((port + 4))" --ca office.crt --timeout 1500
check "a certificate of another name" 6 --endpoint "tls+tcp://localhost:$((port + 5))" --ca office.crt --timeout 1500
check "a client's certificate" 0 --endpoint "tls+tcp://localhost:$((port + 6))" --ca office.crt --client-cert client.pem
check "no client's certificate" 6 --endpoint "tls+tcp://localhost:$((port + 6))" --ca office.crt --timeout 1500
check "a client's certificate of another authority" 6 --endpoint "tls+tcp://localhost:$((port + 6))" --ca office.crt --client-cert impostor.pem --timeout 1500
check "the service goes on after all that" 0 --endpoint "tls+tcp://localhost:$((port + 6))" --ca office.crt --client-cert client.pem

# SIGHUP: new connections get the new certificate, a call that runs is not dropped, and a broken file changes nothing.
certificate renewed localhost yesterday "next week" office
cp server.crt live.crt && cp server.key live.key
start reload live "" "tls+tcp://127.0.0.1:$((port + 8))" "wss://localhost:$((port + 9))/nithet"
reloading=${daemons##* }
serial() { openssl x509 -in "$1" -noout -serial 2>/dev/null; }
shown() { openssl s_client -connect "127.0.0.1:$1" -servername localhost </dev/null 2>/dev/null | openssl x509 -noout -serial 2>/dev/null; }
same() { count=$((count + 1)); [ "$2" = "$3" ] && [ -n "$2" ] || { echo "FAILED: $1: \"$2\" and \"$3\""; tail -3 reload.log; failures=$((failures + 1)); }; }
until_log() { for _ in $(seq 100); do [ "$(grep -c "$1" reload.log)" = "$2" ] && return; sleep 0.05; done; }
same "the first certificate" "$(shown $((port + 8)))" "$(serial server.crt)"
"$nithet" call DiagnosticService/Delay '{"delay_ms": 2000}' --key admin.key --ca office.crt --endpoint "tls+tcp://localhost:$((port + 8))" >slow 2>&1 &
slow=$!
for _ in $(seq 100); do grep -q OpenSession reload.log && break; sleep 0.05; done
cp renewed.crt live.crt && cp renewed.key live.key
kill -HUP "$reloading"
until_log "certificates read again" 1
same "the certificate after SIGHUP, tls+tcp" "$(shown $((port + 8)))" "$(serial renewed.crt)"
same "the certificate after SIGHUP, wss" "$(shown $((port + 9)))" "$(serial renewed.crt)"
wait $slow
same "the call that ran" "$?" 0
check "a call after SIGHUP" 0 --endpoint "tls+tcp://localhost:$((port + 8))" --ca office.crt
echo broken >live.crt
kill -HUP "$reloading"
until_log "stay as they were" 1
same "the certificate after a broken file" "$(shown $((port + 8)))" "$(serial renewed.crt)"
check "a call after a broken file" 0 --endpoint "tls+tcp://localhost:$((port + 8))" --ca office.crt

# A large message goes through every transport: ws has a frame limit of its own.
head -c 3000000 /dev/zero | base64 -w0 >big
for url in "tcp://127.0.0.1:$port" "ipc://$work/all.sock" "ws://127.0.0.1:$((port + 1))/nithet" "tls+tcp://localhost:$((port + 2))" "wss://localhost:$((port + 3))/nithet"; do
    count=$((count + 1))
    { printf '{"payload":"'; cat big; printf '"}'; } | "$nithet" call DiagnosticService/Echo - --key admin.key --ca office.crt --endpoint "$url" >out 2>&1
    [ "$(wc -c <out)" -gt 4000000 ] || { echo "FAILED: 3 MB over $url"; head -c 300 out; failures=$((failures + 1)); }
done

# The metrics, as Prometheus reads them, and the log, a JSON object a line.
http() { exec 3<>"/dev/tcp/127.0.0.1/$((port + 7))" && printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$1" >&3 && timeout 5 cat <&3 >out; exec 3<&- 3>&-; }
wants() { count=$((count + 1)); grep -q "$1" out || { echo "FAILED: metrics have no $1"; head -30 out; failures=$((failures + 1)); }; }
http /metrics
wants '^nithet_calls_total{method="nithet.v1.IdentityService/WhoAmI",status="OK"} [1-9]'
wants '^nithet_call_seconds_bucket{method="nithet.v1.IdentityService/WhoAmI",status="OK",le="+Inf"} [1-9]'
wants '^nithet_call_seconds_count{method="nithet.v1.DiagnosticService/Echo",status="OK"} 5'
wants '^nithet_connections '
http /healthz
wants SERVING
sleep 0.2 # the log is written within 50 milliseconds
cp all.log out
wants '^{"time":[0-9.]*,"level":"info","request_id":"[0-9A-Z]*","caller":"admin","method":"nithet.v1.IdentityService/WhoAmI","status":"OK","us":[0-9]*,"sql_us":[0-9]*,'
echo "$count checks, $failures failed"
[ $failures = 0 ]
