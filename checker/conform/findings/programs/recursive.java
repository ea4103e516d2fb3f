// A recursive update that is refused leaves a ConcurrentHashMap that never grows again:
// java --add-opens java.base/java.util.concurrent=ALL-UNNAMED recursive.java [entries]
import java.lang.reflect.Field;
import java.util.concurrent.ConcurrentHashMap;

class Recursive {
    static Object field(Object map, String name) throws Exception {
        Field field = ConcurrentHashMap.class.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(map);
    }

    static int bins(Object map, String table) throws Exception {
        return field(map, table) == null ? 0 : ((Object[]) field(map, table)).length;
    }

    static void show(ConcurrentHashMap<Integer, Integer> map) throws Exception {
        System.out.printf("%d entries: table %d, nextTable %d, sizeCtl %08x, transferIndex %d%n", map.size(),
            bins(map, "table"), bins(map, "nextTable"), field(map, "sizeCtl"), field(map, "transferIndex"));
    }

    public static void main(String[] args) throws Exception {
        int entries = args.length > 0 ? Integer.parseInt(args[0]) : 30000;
        var map = new ConcurrentHashMap<Integer, Integer>();
        for (int i = 0; i < 10; i++) map.put(i, i);
        show(map);
        try {
            map.computeIfAbsent(10, key -> {
                map.put(11, 11);
                map.put(12, 12); // the 12th entry: the table is to grow, and bin 10 is held
                return 10;
            });
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage() + ", thrown by " + e.getStackTrace()[0].getMethodName());
        }
        show(map);
        for (int i = 100; i < 100 + entries; i++) map.put(i, i);
        show(map);
        int missing = 0;
        for (int i = 100; i < 100 + entries; i++) if (!map.containsKey(i)) missing++;
        System.out.println(missing + " missing");
    }
}
