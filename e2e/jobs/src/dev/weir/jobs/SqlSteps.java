package dev.weir.jobs;

import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableEnvironment;

/** The steps of {@link Steps} that need the Table API. */
final class SqlSteps {
    private SqlSteps() {}

    static void step(String step, String value) throws Exception {
        TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        switch (step) {
            case "select":
                tables.executeSql("SELECT * FROM (VALUES (41), (42)) AS t(n)").print();
                break;
            case "insert":
                sink(tables, value);
                tables.executeSql("INSERT INTO " + value + " VALUES (1), (2)");
                break;
            case "await":
                sink(tables, value);
                tables.executeSql("INSERT INTO " + value + " VALUES (1), (2)").await();
                break;
            default:
                sink(tables, "left_sink");
                sink(tables, "right_sink");
                StatementSet both = tables.createStatementSet();
                both.addInsertSql("INSERT INTO left_sink VALUES (1)");
                both.addInsertSql("INSERT INTO right_sink VALUES (2)");
                both.execute().await();
        }
    }

    private static void sink(TableEnvironment tables, String name) {
        tables.executeSql("CREATE TABLE " + name + " (n INT) WITH ('connector' = 'blackhole')");
    }
}
