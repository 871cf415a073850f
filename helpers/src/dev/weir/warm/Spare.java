package dev.weir.warm;

import java.nio.file.Files;
import java.nio.file.Paths;
import org.apache.flink.runtime.rpc.RpcSystem;

/**
 * A JVM that is started before anybody needs it. It brings itself to where a JobManager or a TaskManager would be
 * before it has read its configuration, waits on its standard input for what it is to become, and becomes that. When
 * the server that holds the other end is gone before it has said so, this JVM ends.
 *
 * <p>The file {@code ready} in its folder says that it has nothing more to do before it is told. Arguments: the file
 * with the names of the classes to initialise, and a folder for temporary files.
 */
public final class Spare {
    private Spare() {}

    public static void main(String[] args) throws Throwable {
        Assignment assignment = Assignment.listen(System.in);
        RpcSystem rpc = new Warmth(Paths.get(args[0]), Paths.get(args[1]), assignment::isThere).gather();
        Files.createFile(Paths.get("ready"));
        assignment.await();
        Become.of(assignment, rpc);
    }
}
