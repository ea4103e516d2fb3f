// A thread that comes late to help a resize joins the next one and leaves it last, and the map never grows again:
// java late.java [entries]
import com.sun.jdi.Bootstrap;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.event.AccessWatchpointEvent;
import com.sun.jdi.event.ThreadDeathEvent;
import com.sun.jdi.request.EventRequest;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** Runs Late in a virtual machine of its own, and holds its two threads where a scheduler could hold them. */
class Debugger {
    static final HashMap<String, ThreadReference> held = new HashMap<>();
    static VirtualMachine machine;

    public static void main(String[] args) throws Exception {
        if (args.length == 2) {
            Late.run(Integer.parseInt(args[0]));
            return;
        }
        var connector = Bootstrap.virtualMachineManager().defaultConnector();
        var options = connector.defaultArguments();
        options.get("options").setValue("--add-opens java.base/java.util.concurrent=ALL-UNNAMED");
        options.get("main").setValue("late.java " + (args.length > 0 ? args[0] : "30000") + " held");
        machine = connector.launch(options);
        var requests = machine.eventRequestManager();
        for (String field : List.of("sizeCtl", "transferIndex")) {
            var map = machine.classesByName("java.util.concurrent.ConcurrentHashMap").get(0);
            var request = requests.createAccessWatchpointRequest(map.fieldByName(field));
            request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
            request.enable();
        }
        var deaths = requests.createThreadDeathRequest();
        deaths.setSuspendPolicy(EventRequest.SUSPEND_NONE);
        deaths.enable();
        machine.resume();
        until("grower", "transfer", "sizeCtl"); // all 16 bins are moved, and it has not left
        until("late", "helpTransfer", "sizeCtl"); // it has seen the table and the nextTable of this resize
        held.get("grower").resume(); // ends this resize, goes on putting, and begins the next
        until("grower", "transfer", "transferIndex");
        held.get("late").resume(); // joins, if it may
        if (until("late", "transfer", "transferIndex")) {
            held.get("grower").resume(); // moves all bins of the next, and leaves, not as the last
            until("grower", null, null);
            requests.deleteEventRequests(requests.accessWatchpointRequests());
            held.get("late").resume(); // leaves last, and does not know
        } else {
            requests.deleteEventRequests(requests.accessWatchpointRequests());
            held.get("grower").resume();
        }
        machine.process().getInputStream().transferTo(System.out);
    }

    /** Lets all run until a thread is about to read a field in a method of the map, and holds it; or until it ends. */
    static boolean until(String thread, String method, String field) throws Exception {
        while (true) {
            for (var event : machine.eventQueue().remove()) {
                if (event instanceof ThreadDeathEvent death) {
                    if (death.thread().name().equals(thread)) {
                        System.out.println(thread + " has ended");
                        return false;
                    }
                } else if (event instanceof AccessWatchpointEvent access) {
                    if (access.thread().name().equals(thread) && access.field().name().equals(field)
                        && access.location().method().name().equals(method)) {
                        held.put(thread, access.thread());
                        System.out.println(thread + " is about to read " + field + " in " + method);
                        return true;
                    }
                    access.thread().resume();
                }
            }
        }
    }
}

/** Two threads put; what becomes of the map is printed. */
class Late {
    static final ConcurrentHashMap<Integer, Integer> map = new ConcurrentHashMap<>();

    static Object field(String name) throws Exception {
        Field field = ConcurrentHashMap.class.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(map);
    }

    static Object[] table(String name) throws Exception {
        return field(name) == null ? new Object[0] : (Object[]) field(name);
    }

    static void show() throws Exception {
        System.out.printf("%d entries: table %d, nextTable %d, sizeCtl %08x, transferIndex %d%n", map.size(),
            table("table").length, table("nextTable").length, field("sizeCtl"), field("transferIndex"));
    }

    static void put(int from, int to) {
        for (int i = from; i < to; i++) map.put(i, i);
    }

    static void run(int entries) throws Exception {
        put(0, 11);
        Thread grower = new Thread(() -> put(11, 24), "grower");
        Thread late = new Thread(() -> put(0, 1), "late");
        grower.start();
        while (!table("table")[0].getClass().getSimpleName().equals("ForwardingNode")) Thread.sleep(10);
        late.start();
        grower.join();
        late.join();
        show();
        put(24, entries);
        show();
    }
}
