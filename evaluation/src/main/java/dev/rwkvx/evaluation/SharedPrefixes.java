package dev.rwkvx.evaluation;

import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.Run;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reads prompts with a model, what several begin with once: where they part, the state is forked.
 * Ends of prompts and what follows them are read side by side. Neither changes a result.
 *
 * <p>Prompts that part at many places, as those about needles at many depths of one text do, need
 * few states at a time: of the branches at a place the one with most prompts comes last and takes
 * the state over.
 */
public final class SharedPrefixes implements PromptReader {
  /** Tokens between two reports. */
  private static final int STRIDE = 2048;

  /** The last tokens of prompts, which are read side by side. */
  private static final int END = 512;

  /** Tokens of their own that the prompts of a batch have at most, for the sake of memory. */
  private static final int BATCH_TOKENS = 1 << 16;

  private final RwkvX model;
  private final Supplier<State> newState;
  private final int batch;

  /**
   * Reads prompts with a model.
   *
   * @param model stays the caller's
   * @param newState makes empty states of the model
   * @param batch prompts side by side, at least one
   */
  public SharedPrefixes(RwkvX model, Supplier<State> newState, int batch) {
    this.model = model;
    this.newState = newState;
    this.batch = batch;
  }

  @Override
  public <P extends Prompt> void read(
      List<P> prompts, Consumer<List<P>> finished, EvaluationListener listener) {
    if (!prompts.isEmpty()) {
      new Walk<>(prompts, finished, listener).run();
    }
  }

  /** A prompt of which some tokens are read. */
  private record Leaf<P>(P prompt, State state, int from) {}

  /** Prompts {@code first … end − 1}, which go on alike. */
  private record Branch(int first, int end) {
    int size() {
      return end - first;
    }
  }

  /** One way through the tree of prompts. */
  private final class Walk<P extends Prompt> {
    private final List<P> prompts;
    private final Consumer<List<P>> finished;
    private final EvaluationListener listener;
    private final Map<State, Boolean> open = new IdentityHashMap<>();
    private final List<Leaf<P>> leaves = new ArrayList<>();
    private final float[] unread;
    private long leafTokens;
    private long done;
    private long all;

    Walk(List<P> prompts, Consumer<List<P>> finished, EvaluationListener listener) {
      this.prompts = new ArrayList<>(prompts);
      this.prompts.sort(Comparator.comparing(Prompt::tokens, Arrays::compare));
      this.finished = finished;
      this.listener = listener;
      unread = new float[model.config().vocabulary()];
    }

    void run() {
      all = tokens(0).length;
      for (int i = 1; i < prompts.size(); i++) {
        all += tokens(i).length - shared(i - 1, i);
      }
      try {
        walk(new Branch(0, prompts.size()), opened(newState.get()), 0);
        readLeaves();
      } finally {
        open.keySet().forEach(State::close);
      }
    }

    private int[] tokens(int prompt) {
      return prompts.get(prompt).tokens();
    }

    /**
     * The tokens that all prompts from one to another begin with. The last token of a prompt, after
     * which its logits come, is never among them.
     */
    private int shared(int first, int last) {
      int differ = Arrays.mismatch(tokens(first), tokens(last));
      int shortest = tokens(first).length;
      return differ < 0 ? shortest - 1 : Math.min(differ, shortest - 1);
    }

    private State opened(State state) {
      open.put(state, true);
      return state;
    }

    /**
     * Reads prompts.
     *
     * @param state has read their first {@code from} tokens, and is used up
     */
    private void walk(Branch branch, State state, int from) {
      Branch rest = branch;
      int at = from;
      while (rest.size() > 1) {
        int fork = shared(rest.first, rest.end - 1);
        read(state, tokens(rest.first), at, fork);
        at = fork;
        List<Branch> branches = branches(rest, fork);
        branches.sort(Comparator.comparingInt(Branch::size));
        for (Branch smaller : branches.subList(0, branches.size() - 1)) {
          walk(smaller, opened(state.fork()), fork);
        }
        rest = branches.getLast();
      }
      add(rest.first, state, at);
    }

    /** Groups prompts, which agree in the tokens before {@code at}, by the next one. */
    private List<Branch> branches(Branch branch, int at) {
      List<Branch> branches = new ArrayList<>();
      int first = branch.first;
      if (tokens(first).length == at + 1) {
        // Its last token, which may be that of others too.
        branches.add(new Branch(first, ++first));
      }
      for (int i = first + 1; i <= branch.end; i++) {
        if (i == branch.end || tokens(i)[at] != tokens(first)[at]) {
          branches.add(new Branch(first, i));
          first = i;
        }
      }
      return branches;
    }

    private void read(State state, int[] tokens, int from, int to) {
      for (int at = from; at < to; at += STRIDE) {
        int end = Math.min(to, at + STRIDE);
        model.forward(tokens, at, end, state, unread);
        report(end - at);
      }
    }

    private void report(int more) {
      done += more;
      listener.progress(done, all);
    }

    private void add(int prompt, State state, int from) {
      int[] tokens = tokens(prompt);
      int end = Math.max(from, tokens.length - END);
      read(state, tokens, from, end);
      leaves.add(new Leaf<>(prompts.get(prompt), state, end));
      leafTokens += tokens.length - from;
      if (leaves.size() >= batch || leafTokens >= BATCH_TOKENS) {
        readLeaves();
      }
    }

    /** Reads the ends of prompts and what follows them. */
    private void readLeaves() {
      if (leaves.isEmpty()) {
        return;
      }
      List<Run> runs = new ArrayList<>();
      int count = 0;
      for (Leaf<P> leaf : leaves) {
        int[] tokens = leaf.prompt.tokens();
        observe(leaf);
        float[] logits = new float[unread.length];
        runs.add(new Run(leaf.state, tokens, leaf.from, tokens.length, logits));
        count += tokens.length - leaf.from;
      }
      List<P> going = new ArrayList<>(leaves.stream().map(Leaf::prompt).toList());
      while (!going.isEmpty()) {
        model.forward(runs);
        goOn(going, runs);
      }
      List<P> ended = leaves.stream().map(Leaf::prompt).toList();
      for (Leaf<P> leaf : leaves) {
        leaf.state.close();
        open.remove(leaf.state);
      }
      leaves.clear();
      leafTokens = 0;
      finished.accept(ended);
      report(count);
    }

    /** Chunks of a bounded cache are not those of the text. */
    private void observe(Leaf<P> leaf) {
      if (!(leaf.state.cacheOptions().policy() instanceof Bounded)) {
        leaf.prompt.observer(model.config()).ifPresent(leaf.state::observe);
      }
    }

    /** Replaces runs by those of the next tokens and leaves out prompts that end. */
    private void goOn(List<P> going, List<Run> runs) {
      List<P> further = new ArrayList<>();
      List<Run> next = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        Run run = runs.get(i);
        int token = going.get(i).next(run.logits());
        if (token != Prompt.END) {
          further.add(going.get(i));
          next.add(new Run(run.state(), new int[] {token}, 0, 1, run.logits()));
        }
      }
      going.clear();
      going.addAll(further);
      runs.clear();
      runs.addAll(next);
    }
  }
}
