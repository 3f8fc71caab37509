// The OpenSearch of the tests: some nodes in one process on loopback, told by lines on standard input, gone when it ends.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import org.codelibs.opensearch.runner.OpenSearchRunner;
import org.opensearch.node.Node;

/** java -cp JARS Cluster.java FOLDER NODES FIRST_HTTP_PORT: "ready" when they answer; "stop N" and "start N" follow. */
public class Cluster {
    public static void main(String[] given) throws Exception {
        Path folder = Path.of(given[0]);
        int nodes = Integer.parseInt(given[1]);
        int http = Integer.parseInt(given[2]);
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.setMaxHttpPort(65535);
        runner.onBuild((number, settings) -> {
            settings.put("http.port", http + number - 1);
            settings.put("transport.port", http + nodes + number - 1);
            settings.putList("discovery.seed_hosts", seeds(http + nodes, nodes));
            settings.putList("cluster.initial_cluster_manager_nodes", "Node 1");
            settings.put("network.host", "127.0.0.1");
            settings.put("node.processors", 2);
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
            settings.put("cluster.follower_lag.timeout", "10s");
        });
        runner.build(OpenSearchRunner.newConfigs()
            .clusterName("puma-tests-" + http)
            .basePath(folder.toString())
            .numOfNode(nodes)
            .baseHttpPort(http - 1)
            .disableESLogger());
        System.out.println("ready");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.trim().split(" ");
            int number = Integer.parseInt(words[1]) - 1;
            if (words[0].equals("stop")) {
                Node node = runner.getNode(number);
                node.close();
            } else {
                runner.startNode(number);
            }
            System.out.println("done");
        }
        Runtime.getRuntime().halt(0);
    }

    private static String[] seeds(int first, int nodes) {
        String[] seeds = new String[nodes];
        for (int number = 0; number < nodes; number++) {
            seeds[number] = "127.0.0.1:" + (first + number);
        }
        return seeds;
    }
}
