/** Generation and evaluation over a corpus, as jobs of Apache Spark. */
@NullMarked
package dev.rwkvx.spark;

import org.jspecify.annotations.NullMarked;
