package org.apache.flink.configuration;

/** What is compiled against of Flink's class of this name; no part of any jar. */
public class Configuration {
    public native void setString(String key, String value);
}
