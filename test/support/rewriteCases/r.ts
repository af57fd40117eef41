import type { RewriteCase } from '../rewritten.ts';
import { block, rewriteTable } from './script.ts';

const read = 'if (nzchar(Sys.getenv("API_KEY"))) Sys.getenv("API_KEY") else stop("API_KEY is not set")';

export const rCases: readonly RewriteCase[] = rewriteTable('a.R', [
  ['plain', 'key <- "«ab-12»"\ncat(key)\n', `key <- ${read}\ncat(key)\n`],
  [
    'shebang, CRLF and tabs',
    "#!/usr/bin/env Rscript\r\nf <- function() {\r\n\tkey = '«ab-12»'\r\n\tkey\r\n}\r\ncat(f())\r\n",
  ],
  ['assigned to the right', '"«ab-12»" -> key\ncat(key)\n'],
  ['option', 'options(key = "«ab-12»")\ncat(getOption("key"))\n'],
  ['default argument', 'f <- function(key = "«ab-12»", n = 1) key\ncat(f())\n'],
  ['call argument', 'cat("x", "«ab-12»", sep = "\\n")\nSys.setenv(OTHER = "«ab-12»")\ncat(Sys.getenv("OTHER"))\n'],
  ['last value of a function', 'f <- function() "«ab-12»"\ng <- function() {\n  "«ab-12»"\n}\ncat(f(), g())\n'],
  ['list entry', 'c <- list(user = "u", password = "«ab-12»")\ncat(c$password)\nc$x <- "«ab-12»"\ncat(c[["x"]])\n'],
  ['vector element', 'cat(c("x", "«ab-12»")[2])\ncat("«ab-12»" %in% c("ab-12"))\n'],
  ['compared', 'if ("ab-12" == "«ab-12»") cat("same")\ncat(identical("«ab-12»", "ab-12"))\n'],
  ['switch', 'cat(switch("b", a = "x", b = "«ab-12»"))\n'],
  ['in a url', 'cat("postgres://u:«ab-12»@h/db")\n', `cat(paste0("postgres://u:", ${read}, "@h/db"))\n`],
  ['put together by a call', 'h <- "h"\ncat(paste0("u:", "«ab-12»", "@", h))\ncat(paste("Bearer «ab-12»", h))\n'],
  ['raw', 'cat(r"(«ab-12»)", r"[a\\b «ab-12»]")\n'],
  ['over lines', `k <- "«${block('')}»"\ncat(k)\n`],
  ['escapes', 'cat("«a\\"b\\x41\\t»")\n', undefined, 'a"bA\t'],
  ['header', 'h <- c(Authorization = "Bearer «ab-12»", `X-Y` = "«ab-12»")\ncat(h)\n'],
  ['piped', 'cat("«ab-12»" |> toupper())\ncat(nchar("«ab-12»") + 1)\n'],
  ['comment', '# it\'s "«ab-12»"\ncat("«ab-12»")\n'],
  ['name of an argument', 'x <- c("«ab-12»" = 1)\n', /name of an argument/],
]);
