package dev.rwkvx.hub;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model by the name that people call it. Its owners publish it again from time to time under a
 * new date, so that the name stands for the newest file of a form; a repository of GGUF files has
 * it in many types.
 *
 * @param name such as {@code rwkv7-g1-0.1b}
 * @param repository where it is published
 * @param file the form of its file's path
 * @param chats whether it was trained to hold conversations
 */
public record KnownModel(String name, RepositoryName repository, Pattern file, boolean chats) {
  /** Paths by the date in their names, the oldest first. */
  static final Comparator<String> BY_DATE =
      Comparator.comparing(KnownModel::date).thenComparing(Comparator.naturalOrder());

  private static final Pattern DATE = Pattern.compile("20\\d{6}");

  private static final RepositoryName RWKV_X = new RepositoryName("howard-hou", "RWKV-X");
  private static final RepositoryName WORLD = new RepositoryName("BlinkDL", "rwkv-7-world");
  private static final RepositoryName G1 = new RepositoryName("BlinkDL", "rwkv7-g1");

  private static final String SAFETENSORS = "model\\.safetensors(\\.index\\.json)?";
  private static final String GGUF = "[^/]*\\.gguf";

  /** All of them. */
  public static final List<KnownModel> ALL =
      List.of(
          rwkvX("0.2B"),
          rwkvX("3.6B"),
          world("0.1B"),
          world("0.4B"),
          world("1.5B"),
          world("2.9B"),
          g1("0.1b"),
          g1("0.4b"),
          g1("1.5b"),
          g1("2.9b"),
          g1("7.2b"),
          g1("13.3b"),
          g1HuggingFace("0.1B"),
          g1HuggingFace("0.4B"),
          g1HuggingFace("1.5B"),
          g1HuggingFace("2.9B"),
          official("1.5B"),
          official("2.9B"),
          official("7.2B"),
          official("13.3B"),
          g1Gguf("0.1b", new RepositoryName("zhiyuan8", "RWKV-v7-0.1B-G1-GGUF")),
          g1Gguf("1.5b", new RepositoryName("shoumenchougou", "RWKV7-G1j-1.5B-GGUF")),
          g1Gguf("2.9b", new RepositoryName("shoumenchougou", "RWKV7-G1j-2.9B-GGUF")),
          g1Gguf("7.2b", new RepositoryName("shoumenchougou", "RWKV7-G1j-7.2B-GGUF")),
          g1Gguf("13.3b", new RepositoryName("shoumenchougou", "RWKV7-G1f-13.3B-GGUF")));

  /**
   * {@return the model of this name, in whatever case}
   *
   * @param name such as {@code rwkv7-g1-0.1b}
   */
  public static Optional<KnownModel> find(String name) {
    return ALL.stream().filter(known -> known.name.equalsIgnoreCase(name)).findFirst();
  }

  /** Whether this path may be the model's. */
  boolean matches(String path) {
    return file.matcher(path).matches();
  }

  private static KnownModel rwkvX(String size) {
    return known(
        "rwkvx-" + size, RWKV_X, "RWKV-X-" + Pattern.quote(size) + "-64k-Base\\.pth", false);
  }

  private static KnownModel world(String size) {
    String form = "RWKV-x070-World-" + Pattern.quote(size) + "-v[\\d.]+-\\d{8}-ctx\\d+\\.pth";
    return known("rwkv7-world-" + size, WORLD, form, true);
  }

  /** The letter and digit after g1 tell the data it was trained with. */
  private static KnownModel g1(String size) {
    String form = "rwkv7-g1[a-z]?\\d?-" + Pattern.quote(size) + "-\\d{8}-ctx\\d+\\.pth";
    return known("rwkv7-g1-" + size, G1, form, true);
  }

  /** Under the names of FLA. */
  private static KnownModel g1HuggingFace(String size) {
    RepositoryName repository = new RepositoryName("fla-hub", "rwkv7-" + size + "-g1");
    return known("rwkv7-g1-" + size + "-hf", repository, SAFETENSORS, true);
  }

  /** Under the names of transformers, published for it by the owners of the model. */
  private static KnownModel official(String size) {
    RepositoryName repository = new RepositoryName("RWKV", "RWKV7-" + size + "-20260805");
    return known("rwkv7-" + size + "-hf", repository, SAFETENSORS, true);
  }

  private static KnownModel g1Gguf(String size, RepositoryName repository) {
    return known("rwkv7-g1-" + size + "-gguf", repository, GGUF, true);
  }

  private static KnownModel known(
      String name, RepositoryName repository, String form, boolean chats) {
    return new KnownModel(name.toLowerCase(Locale.ROOT), repository, Pattern.compile(form), chats);
  }

  private static String date(String path) {
    Matcher date = DATE.matcher(path);
    return date.find() ? date.group() : "";
  }
}
