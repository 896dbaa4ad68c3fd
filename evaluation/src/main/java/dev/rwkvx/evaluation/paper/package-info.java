/** Tables of the RWKV-X paper (arXiv 2504.21463), and what one measures beside them. */
@NullMarked
package dev.rwkvx.evaluation.paper;

import org.jspecify.annotations.NullMarked;
