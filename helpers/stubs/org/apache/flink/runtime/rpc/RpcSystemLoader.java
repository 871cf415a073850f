package org.apache.flink.runtime.rpc;

import org.apache.flink.configuration.Configuration;

/** What is compiled against of Flink's interface of this name; no part of any jar. Flink 1.17 has no priorities. */
public interface RpcSystemLoader {
    int getLoadPriority();

    RpcSystem loadRpcSystem(Configuration configuration);
}
