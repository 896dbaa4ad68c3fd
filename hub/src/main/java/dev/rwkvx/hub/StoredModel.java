package dev.rwkvx.hub;

import java.nio.file.Path;
import java.util.List;

/**
 * A model on the disk.
 *
 * @param name by which commands find it: the shortest that means it alone
 * @param file what programs open
 * @param weights all files with weights, the one to open first
 * @param size of these files, in bytes
 * @param shared whether it lies in the cache of the hub's own tools, which is only read
 */
public record StoredModel(String name, Path file, List<Path> weights, long size, boolean shared) {}
