/** RWKV-X as a chat model of LangChain4j, in the same process. */
@NullMarked
package dev.rwkvx.langchain4j;

import org.jspecify.annotations.NullMarked;
