package org.apache.flink.runtime.rpc;

import org.apache.flink.configuration.Configuration;

/** What is compiled against of Flink's interface of this name; no part of any jar. */
public interface RpcSystem {
    static RpcSystem load(Configuration configuration) {
        throw new UnsupportedOperationException();
    }
}
