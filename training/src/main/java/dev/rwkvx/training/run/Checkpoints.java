package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.UnreadableException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.training.AdamW;
import dev.rwkvx.training.AdamW.Moments;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.Parameters.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of a run, {@code step-000000100.safetensors}: the trained tensors and their
 * running means in float32, and a {@link Progress} as metadata. Frozen tensors are not in it: they
 * come from where the run began. Files appear whole or not at all.
 */
final class Checkpoints {
  private static final Pattern NAME = Pattern.compile("step-\\d{9,19}\\.safetensors");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

  private static final String STEP = "rwkvx.run.step";
  private static final String OPTIMISER_STEPS = "rwkvx.run.optimiser_steps";
  private static final String METRICS_BYTES = "rwkvx.run.metrics_bytes";
  private static final String EVENTS_BYTES = "rwkvx.run.events_bytes";
  private static final String FROZEN = "rwkvx.run.frozen";
  private static final String CONFIG = "rwkvx.run.config";

  private static final String MEAN = "adam.m.";
  private static final String SQUARES = "adam.v.";

  /**
   * How far a run is.
   *
   * @param step steps done, skipped ones included; with the configuration it says where in the
   *     data, in the schedule and in the random numbers the run stands
   * @param optimiserSteps steps done without the skipped ones
   * @param metricsBytes length of the metrics file
   * @param eventsBytes length of the event file
   * @param frozen a checksum of the tensors that are not trained
   * @param config all options, as TOML
   */
  record Progress(
      long step,
      long optimiserSteps,
      long metricsBytes,
      long eventsBytes,
      String frozen,
      String config) {}

  private final Path folder;
  private final int keep;

  Checkpoints(Path folder, int keep) {
    this.folder = folder;
    this.keep = keep;
  }

  /**
   * Writes a checkpoint; the earlier ones stay.
   *
   * @throws InputException when it cannot be written
   */
  Path save(Progress progress, Parameters parameters, AdamW optimiser) {
    Path file = folder.resolve(name(progress.step));
    SequencedMap<String, Moments> moments = optimiser.moments();
    List<TensorHeader> headers = new ArrayList<>();
    for (String prefix : List.of("", MEAN, SQUARES)) {
      for (String name : moments.keySet()) {
        headers.add(new TensorHeader(prefix + name, DType.F32, parameters.get(name).shape()));
      }
    }
    Map<String, String> metadata =
        Map.of(
            STEP, Long.toString(progress.step),
            OPTIMISER_STEPS, Long.toString(progress.optimiserSteps),
            METRICS_BYTES, Long.toString(progress.metricsBytes),
            EVENTS_BYTES, Long.toString(progress.eventsBytes),
            FROZEN, progress.frozen,
            CONFIG, progress.config);
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, headers, metadata)) {
      moments.keySet().forEach(name -> write(writer, parameters.get(name).values()));
      moments.values().forEach(mean -> write(writer, mean.m()));
      moments.values().forEach(mean -> write(writer, mean.v()));
      writer.commit();
    }
    return file;
  }

  /** All checkpoints, the latest first. */
  List<Path> latestFirst() {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .sorted(Comparator.comparing(Checkpoints::order).reversed())
          .toList();
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  /**
   * Opens a checkpoint and reads all of it once.
   *
   * @return to be closed by the caller
   * @throws InputException when it is damaged
   * @throws dev.rwkvx.UnreadableException when it cannot be read, which says nothing about it
   */
  static Checkpoint open(Path file) {
    Checkpoint checkpoint = Checkpoint.open(file);
    try {
      checkpoint.names().forEach(checkpoint::tensor);
      Progress progress = progress(checkpoint);
      if (!file.endsWith(name(progress.step))) {
        throw new InputException(
            "%s is damaged: it says that it is of step %d".formatted(file, progress.step));
      }
      return checkpoint;
    } catch (RuntimeException | Error e) {
      checkpoint.close();
      throw e;
    }
  }

  private static String name(long step) {
    return "step-%09d.safetensors".formatted(step);
  }

  /** The options that the latest checkpoint that is whole was written with, as TOML. */
  Optional<String> config() {
    for (Path file : latestFirst()) {
      try (Checkpoint checkpoint = open(file)) {
        return Optional.of(progress(checkpoint).config);
      } catch (UnreadableException e) {
        throw e;
      } catch (InputException _) {
        // Restoring the run says which ones are damaged.
      }
    }
    return Optional.empty();
  }

  /**
   * Reads how far the run was.
   *
   * @throws InputException when the file is damaged or something else
   */
  static Progress progress(Checkpoint checkpoint) {
    return new Progress(
        number(checkpoint, STEP),
        number(checkpoint, OPTIMISER_STEPS),
        number(checkpoint, METRICS_BYTES),
        number(checkpoint, EVENTS_BYTES),
        metadata(checkpoint, FROZEN),
        metadata(checkpoint, CONFIG));
  }

  /**
   * Puts everything back in its place.
   *
   * @throws InputException when tensors are missing or have other shapes
   */
  static void restore(Checkpoint checkpoint, Parameters parameters, AdamW optimiser) {
    optimiser
        .moments()
        .forEach((name, means) -> {
          Parameter parameter = parameters.get(name);
          read(checkpoint, name, parameter, parameter.values());
          read(checkpoint, MEAN + name, parameter, means.m());
          read(checkpoint, SQUARES + name, parameter, means.v());
        });
    optimiser.resume(number(checkpoint, OPTIMISER_STEPS));
  }

  /** Gives a file that cannot be read a name that is no checkpoint's. */
  Path setAside(Path file) {
    Path aside = file.resolveSibling(file.getFileName() + ".damaged");
    try {
      return Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be renamed: " + e.getMessage(), e);
    }
  }

  /** Removes all but the latest. */
  void prune() {
    List<Path> files = latestFirst();
    for (Path old : files.subList(Math.min(keep, files.size()), files.size())) {
      try {
        Files.deleteIfExists(old);
      } catch (IOException e) {
        throw new InputException(old + ": cannot be removed: " + e.getMessage(), e);
      }
    }
  }

  /** Numbers of equal length are ordered like their digits. */
  private static String order(Path file) {
    String name = file.getFileName().toString();
    return "%03d".formatted(name.length()) + name;
  }

  private static void write(SafetensorsWriter writer, float[] values) {
    writer.writeFloats(values, 0, values.length);
  }

  private static void read(Checkpoint checkpoint, String name, Parameter like, float[] target) {
    Tensor tensor = checkpoint.tensor(name);
    if (tensor.type() != DType.F32 || !Arrays.equals(tensor.shape(), like.shape())) {
      throw new InputException(
          "%s: %s does not fit the model; expected F32%s"
              .formatted(checkpoint.path(), tensor, Arrays.toString(like.shape())));
    }
    float[] values = tensor.toFloats();
    System.arraycopy(values, 0, target, 0, target.length);
  }

  private static String metadata(Checkpoint checkpoint, String key) {
    String value = checkpoint.metadata().get(key);
    if (value == null) {
      throw new InputException(
          checkpoint.path() + " is no checkpoint of a run: it says nothing of '" + key + "'");
    }
    return value;
  }

  private static long number(Checkpoint checkpoint, String key) {
    String value = metadata(checkpoint, key);
    if (!NUMBER.matcher(value).matches()) {
      throw new InputException(
          "%s: '%s' is '%s'; expected a number".formatted(checkpoint.path(), key, value));
    }
    return Long.parseLong(value);
  }
}
