#!/usr/bin/env bash
# kubernetes.sh fetch | up | down FOLDER: a Kubernetes with the Flink operator and an S3 server for the tests, made on this machine by the
# scripts of ../shared, which lies beside the clone. Only CI has that folder; everybody else gives the tests a cluster of their own.
#   up    takes away what an earlier run left, brings both up, and writes what the tests need to know of them to FOLDER/variables
#   down  takes both away
#   fetch up and down, unless that was done before: afterwards what is fetched and built is there
# FOLDER holds `work-*`, which is kept from run to run (from nothing six minutes, with it half a minute), and the state of the one
# cluster. The caller sees to it that only one run at a time uses FOLDER.
set -euo pipefail

usage() { echo "usage: kubernetes.sh fetch | up | down FOLDER" >&2; exit 2; }
[[ $# == 2 && -d $2 ]] || usage
folder=$(cd "$2" && pwd -P)
shared=$(cd "$(dirname "$0")/../.." && pwd)/shared
cluster=$folder/cluster
s3=$folder/s3
flink=1.18.1
namespaces=team-a,team-b,team-c
# The ends of the link between this machine and the cluster, and where its pods are.
here=10.240.0.1 node=10.240.0.2 pods=10.244.0.0/24
# Every process of the cluster inherits it, and by it is known as ours.
mark="WEIR_CI_CLUSTER=$cluster"
# One more than the highest number that Linux gives to a process.
NO_PROCESS=4194305

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }
give_up() { say "$*"; exit 1; }

# --- what the machine has to have ---------------------------------------------------------------

check_machine() {
  [[ $(id -u) == 0 ]] || give_up "not root, which a node of Kubernetes needs to be"
  [[ -x $shared/kube/up.sh && -x $shared/s3/up.sh ]] ||
    give_up "beside the clone there are no scripts for a cluster: $shared/kube/up.sh, $shared/s3/up.sh"
  unshare -m -n true || give_up "no network and mount namespaces can be made here (unshare -m -n), which a node of Kubernetes needs"
}

# In a session of its own: a package manager that is stopped half-way leaves a machine that installs nothing more.
apt() { DEBIAN_FRONTEND=noninteractive setsid -w apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }

install_packages() {
  local need=() name
  while read -r name; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || need+=("$name")
  done < <(cat "$shared/kube/packages.txt" "$shared/s3/packages.txt")
  command -v gcc >/dev/null || need+=(gcc libc6-dev)
  command -v sysctl >/dev/null || need+=(procps)
  for name in curl openssl unzip; do command -v "$name" >/dev/null || need+=("$name"); done
  [[ ${#need[@]} == 0 ]] || { apt update && apt install -y --no-install-recommends "${need[@]}"; }
}

# By another cluster, or by a network that this machine is in.
taken() {
  ip -4 -o address | grep ' 10\.24[04]\.0\.' >/dev/null ||
    [[ $(find /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods -name cgroup.procs -exec cat {} + 2>/dev/null) ]]
}

check_room() {
  local i
  # What has just been ended may take a moment to go.
  for ((i = 0; i < 50; i++)); do taken || return 0; sleep 0.1; done
  give_up "another cluster is up on this machine (only one at a time is possible), or its network has 10.240.0.0/24 or 10.244.0.0/24"
}

# --- up -----------------------------------------------------------------------------------------

# A JDK whose jlink adds the module by which Hadoop's file systems (S3's is one) log in: the usual cut of a JRE lacks it.
jdk_for_images() {
  local jdk
  jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
  mkdir -p "$1/bin"
  ln -sfn "$jdk/jmods" "$1/jmods"
  cat >"$1/bin/jlink" <<JLINK
#!/bin/sh
for arg; do shift; case \$arg in java.se,*) arg=\$arg,jdk.security.auth ;; esac; set -- "\$@" "\$arg"; done
exec "$jdk/bin/jlink" "\$@"
JLINK
  chmod +x "$1/bin/jlink"
}

# What is fetched and built depends on the scripts, and on the JDK that images are made with.
recipe() {
  { find "$shared/kube" -type f ! -name '*.zst' -print0 | sort -z | xargs -0 cat; declare -f jdk_for_images; echo "$flink"; } |
    sha256sum | cut -c 1-12
}

# Of another recipe, or of a run that was stopped while it fetched and built.
clear_work() {
  local each
  for each in "$folder"/work-*; do
    [[ $each == "$1" && -f $1/complete ]] || rm -rf "$each"
  done
}

start_cluster() {
  local work=$1 code=0
  clear_work "$work"
  jdk_for_images "$work/jdk"
  env "$mark" JDK="$work/jdk" LINK=1 NAMESPACES="$namespaces" FLINK_VERSION="$flink" "$shared/kube/up.sh" 2 "$cluster" "$work" || code=$?
  # A node is begun only when everything has been fetched and built.
  [[ ! -f $cluster/run/ns.pid ]] || touch "$work/complete"
  return "$code"
}

write_variables() {
  printf 'export %s=%q\n' \
    KUBECONFIG "$cluster/admin.kubeconfig" KUBECTL "$cluster/hyperkube kubectl" WEIR_TEST_NAMESPACES "$namespaces" \
    WEIR_TEST_RUNTIME FLINK_1_18 WEIR_TEST_IMAGES "FLINK_1_18=localhost/flink:$flink" WEIR_TEST_HOST "$here" WEIR_TEST_S3 "$(<"$s3/s3.json")" >"$folder/variables"
}

# The route goes with the link, and the link with the cluster.
start() { start_cluster "$1" && ip route replace "$pods" via "$node" && S3_LISTEN=$here "$shared/s3/up.sh" "$s3" && write_variables; }

up() {
  local work attempt
  check_machine
  install_packages || give_up "the packages that a cluster needs could not be installed"
  down
  check_room
  work=$folder/work-$(recipe)
  # Twice, since downloads break, and the waits for a cluster's first signs of life are short for a machine that is busy with tests.
  for attempt in 1 2; do
    if start "$work" >"$folder/attempt" 2>&1; then say "the cluster is up after $SECONDS s"; return; fi
    say "attempt $attempt failed; the ends of its processes' logs, then its own:"
    tail -n 3 "$cluster"/log/*.log "$s3"/log/*.log 2>/dev/null || true
    tail -n 20 "$folder/attempt"
    down
  done
  give_up "the cluster did not come up"
}

# --- down ---------------------------------------------------------------------------------------

# Whether the process was started by the cluster's scripts, or is in one of its containers.
is_ours() {
  [[ $1 ]] && { tr '\0' '\n' <"/proc/$1/environ" | grep -xF "$mark" || grep -F "=$cluster/containerd/" "/proc/$1/mountinfo"; } >/dev/null
} 2>/dev/null

# `down.sh` ends every process whose number was recorded, and all that share the mount namespace of the one in `ns.pid`. After a run of
# long ago the numbers may be other processes', and in the first moment of a cluster that namespace is still the machine's: such records
# are made void. What is ours of them is ended below, by its mark.
void_records() {
  local file pid own
  own=$(readlink /proc/self/ns/mnt)
  for file in "$cluster"/run/*.pid; do
    [[ -f $file ]] || continue
    pid=$(<"$file")
    is_ours "$pid" && [[ $(readlink "/proc/$pid/ns/mnt") != "$own" ]] || echo "$NO_PROCESS" >"$file"
  done
}

down() {
  local process
  rm -f "$folder/variables"
  if [[ -d $s3 ]]; then "$shared/s3/down.sh" "$s3" || rm -rf "$s3"; fi
  if [[ -d $cluster ]]; then
    void_records
    "$shared/kube/down.sh" "$cluster" || true
    # What was not recorded yet, and containers whose containerd had ended before them.
    for process in /proc/[0-9]*; do
      if is_ours "${process#/proc/}"; then kill -KILL "${process#/proc/}" 2>/dev/null || true; fi
    done
    rm -rf --one-file-system "$cluster"
  fi
}

# What an earlier run left is taken away here too, so that it does not idle beside the first tests.
fetch() {
  if [[ -f $folder/work-$(recipe)/complete ]]; then down; else up; down; fi
}

case $1 in
  up) up ;;
  fetch) fetch ;;
  down) down ;;
  *) usage ;;
esac
