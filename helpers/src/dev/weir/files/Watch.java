package dev.weir.files;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;

/** Closes a connection on which somebody waits for too long, which ends the wait. */
final class Watch implements Closeable {
    private final Socket socket;
    private boolean running;
    private long deadline;
    private boolean over;
    private boolean closed;
    /** The thread waits until it is woken, or else until `wakes`. */
    private boolean asleep;
    private long wakes;

    Watch(Socket socket) {
        this.socket = socket;
        Thread thread = new Thread(this::run, "watch");
        thread.setDaemon(true);
        thread.start();
    }

    synchronized void start(long milliseconds) {
        deadline = System.nanoTime() + milliseconds * 1_000_000L;
        running = true;
        // It looks anew whenever it wakes: no need to wake it for a deadline that is later than that.
        if (asleep || deadline - wakes < 0) notifyAll();
    }

    synchronized void stop() {
        running = false;
    }

    synchronized boolean isOver() {
        return over;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    private synchronized void run() {
        try {
            while (!closed && !over) {
                long left = deadline - System.nanoTime();
                asleep = !running;
                if (asleep) {
                    wait();
                } else if (left > 0) {
                    wakes = deadline;
                    wait(left / 1_000_000 + 1);
                } else {
                    over = true;
                    socket.close();
                }
            }
        } catch (InterruptedException | IOException end) {
            // Nothing waits any more.
        }
    }
}
