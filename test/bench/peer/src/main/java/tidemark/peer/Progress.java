package tidemark.peer;

import java.util.concurrent.atomic.AtomicBoolean;

/** Tells the bench, on stdout, when work begins. */
final class Progress {
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  static void running() {
    System.out.println("running");
  }

  static void firstRecord() {
    if (!BEGUN.get() && BEGUN.compareAndSet(false, true)) System.out.println("first " + System.currentTimeMillis());
  }

  private Progress() {}
}
