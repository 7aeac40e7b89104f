# What the shell tests begin with: where the build and the sources are, a folder of their own, and nobody's profile or environment.
# Sourced; the test cleans up $work itself, because it knows what it started.
build=${NITHET_BUILD:-build}
source=${NITHET_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
work=$(mktemp -d /tmp/nithet-test-XXXXXX)
chmod 755 "$work"
export XDG_CONFIG_HOME=$work XDG_STATE_HOME=$work LC_ALL=C.UTF-8
unset NITHET_ENDPOINT NITHET_KEY NITHET_PROFILE NITHET_LANG NITHET_SERVICE_KEY LANG
nithet=$build/clients/nithet/nithet
