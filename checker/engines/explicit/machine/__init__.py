"""From emitted text to machine code: read, lowered to LLVM's language, optimised by LLVM, kept in a cache, loaded."""
