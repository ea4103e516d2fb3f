// A ConcurrentHashMap whose count was contended once grows late:
// java --add-opens java.base/java.util.concurrent=ALL-UNNAMED contended.java
import java.lang.reflect.Field;
import java.util.concurrent.ConcurrentHashMap;

class Contended {
    static Object field(Object map, String name) throws Exception {
        Field field = ConcurrentHashMap.class.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(map);
    }

    /** Has threads add and remove until one of them meets another, and makes counter cells. */
    static void contend(ConcurrentHashMap<Integer, Integer> map) throws Exception {
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            int key = t;
            threads[t] = new Thread(() -> {
                for (long end = System.nanoTime() + 10_000_000_000L; System.nanoTime() < end; ) {
                    for (int i = 0; i < 10_000; i++) {
                        map.put(key, key);
                        map.remove(key);
                    }
                    try {
                        if (field(map, "counterCells") != null) return;
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) thread.join();
    }

    static void grow(String name, ConcurrentHashMap<Integer, Integer> map) throws Exception {
        for (int i = 0, bins = 16; i < 200; i++) {
            map.put(i, i);
            int now = ((Object[]) field(map, "table")).length;
            if (now != bins) System.out.println(name + ": " + now + " bins from " + map.size() + " entries on");
            bins = now;
        }
    }

    public static void main(String[] args) throws Exception {
        grow("never contended", new ConcurrentHashMap<>());
        var map = new ConcurrentHashMap<Integer, Integer>();
        contend(map);
        if (field(map, "counterCells") == null) System.out.println("no two threads met");
        grow("contended before", map);
    }
}
