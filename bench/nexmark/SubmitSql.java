import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;

/** Runs the statements of a file on a cluster, waits for their jobs and prints the last job's id: FILE [KEY VALUE]... */
public final class SubmitSql {
  public static void main(String[] arguments) throws Exception {
    Configuration configuration = new Configuration();
    configuration.setString("execution.target", "remote");
    for (int i = 1; i + 1 < arguments.length; i += 2) configuration.setString(arguments[i], arguments[i + 1]);
    TableEnvironment environment =
        TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build());
    String job = "";
    for (String statement : Files.readString(Path.of(arguments[0])).split(";\\s*(\\R|$)")) {
      if (statement.isBlank()) continue;
      TableResult result = environment.executeSql(statement);
      if (result.getJobClient().isPresent()) {
        job = result.getJobClient().get().getJobID().toString();
        result.await();
      }
    }
    System.out.println(job);
  }
}
