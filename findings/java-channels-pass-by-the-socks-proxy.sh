#!/usr/bin/env bash
# Java's `socksProxyHost` holds for sockets and not for channels: a SocketChannel connects straight to its address.
#
# Version: Java 17.
# Expected: a JVM whose socksProxyHost is set makes its TCP connections through that proxy.
# Seen: java.net.Socket does. SocketChannel, which netty and Hadoop's HDFS client use, and channel.socket() as well, do not, without a
# word: where only the proxy reaches the other side, a client on Socket works and one on netty times out.
#
# Needs a JDK. Run: bash findings/java-channels-pass-by-the-socks-proxy.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >Probe.java <<'JAVA'
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;

public class Probe {
  static AtomicInteger[] count(ServerSocket[] listening) {
    AtomicInteger[] counts = {new AtomicInteger(), new AtomicInteger()};
    for (int i = 0; i < 2; i++) {
      int at = i;
      Thread thread = new Thread(() -> {
        try {
          for (;;) {
            listening[at].accept().close();
            counts[at].incrementAndGet();
          }
        } catch (Exception over) {
          // The end.
        }
      });
      thread.setDaemon(true);
      thread.start();
    }
    return counts;
  }

  interface Way { void connect() throws Exception; }

  public static void main(String[] args) throws Exception {
    InetAddress here = InetAddress.getByName("127.0.0.1");
    ServerSocket[] listening = {new ServerSocket(0, 9, here), new ServerSocket(0, 9, here)};
    AtomicInteger[] counts = count(listening);
    System.setProperty("socksProxyHost", "127.0.0.1");
    System.setProperty("socksProxyPort", String.valueOf(listening[0].getLocalPort()));
    // Loopback is never sent through it otherwise.
    System.setProperty("socksNonProxyHosts", "");
    InetSocketAddress target = new InetSocketAddress(here, listening[1].getLocalPort());
    Way[] ways = {
      () -> { try (Socket socket = new Socket()) { socket.connect(target, 5000); } },
      () -> SocketChannel.open(target).close(),
      () -> { try (SocketChannel channel = SocketChannel.open()) { channel.socket().connect(target, 5000); } },
    };
    String[] names = {"socket", "channel", "socket of a channel"};
    StringBuilder seen = new StringBuilder();
    for (int i = 0; i < ways.length; i++) {
      int[] before = {counts[0].get(), counts[1].get()};
      try {
        ways[i].connect();
      } catch (java.io.IOException closed) {
        // The listener is no real proxy and hangs up.
      }
      while (counts[0].get() == before[0] && counts[1].get() == before[1]) Thread.sleep(1);
      seen.append(i == 0 ? "" : ", ").append(names[i]).append(counts[0].get() > before[0] ? ": by the proxy" : ": straight");
    }
    System.out.println(seen);
  }
}
JAVA
javac Probe.java
seen=$(timeout 60 java -cp . Probe)
printf '%s: %s\n' "$(java -version 2>&1 | head -1)" "$seen"
wanted='socket: by the proxy, channel: straight, socket of a channel: straight'
[ "$seen" = "$wanted" ] || { echo "changed: expected $wanted"; exit 1; }
echo 'as described'
