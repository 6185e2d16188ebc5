# vitrine_embed(target symbol [BASE dir] file…)
#
# Puts files into the binary with the assembler's .incbin: no time, no compiler memory, read-only
# pages. The target gets
#     extern const struct embedded symbol[];      (base/embed.h)
#     extern const size_t symbol_count;
# sorted by name, so that embed_find() can search it. A name is the file's path relative to BASE
# (default: the calling folder). A byte 0 that `len` does not count follows every file. The target
# is assembled anew when a file changes; the caller's GLOB says CONFIGURE_DEPENDS for files that
# come and go. A list without files gives a table without rows.
function(vitrine_embed target symbol)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "BASE" "")
  set(base ${CMAKE_CURRENT_SOURCE_DIR})
  if(arg_BASE)
    get_filename_component(base ${arg_BASE} ABSOLUTE)
  endif()

  set(rows "")
  foreach(file IN LISTS arg_UNPARSED_ARGUMENTS)
    get_filename_component(path ${file} ABSOLUTE)
    file(RELATIVE_PATH name ${base} ${path})
    list(APPEND rows "${name}|${path}")
  endforeach()
  list(REMOVE_DUPLICATES rows)
  list(SORT rows COMPARE STRING)

  set(contents "")
  set(table "")
  set(paths "")
  set(count 0)
  foreach(row IN LISTS rows)
    string(REPLACE "|" ";" row ${row})
    list(GET row 0 name)
    list(GET row 1 path)
    list(APPEND paths ${path})
    string(APPEND contents
      "    .balign 16\n.Lat${count}:\n    .incbin \"${path}\"\n.Lend${count}:\n    .byte 0\n"
      ".Lname${count}:\n    .asciz \"${name}\"\n")
    string(APPEND table
      "    WORD .Lname${count}\n    WORD .Lat${count}\n    WORD .Lend${count} - .Lat${count}\n")
    math(EXPR count "${count} + 1")
  endforeach()

  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT [[
/* Made by cmake/embed.cmake. */
#if __SIZEOF_POINTER__ == 8
#define WORD .quad
#else
#define WORD .long
#endif
    .section .rodata
@contents@
    .balign 16
    .globl @symbol@_count
    .type @symbol@_count, %object
    .size @symbol@_count, __SIZEOF_POINTER__
@symbol@_count:
    WORD @count@
    .section .data.rel.ro, "aw", %progbits
    .balign 16
    .globl @symbol@
    .type @symbol@, %object
@symbol@:
@table@
    WORD 0
    .size @symbol@, . - @symbol@
    .section .note.GNU-stack, "", %progbits
]])
  set_source_files_properties(${out} PROPERTIES OBJECT_DEPENDS "${paths}" GENERATED TRUE)
  target_sources(${target} PRIVATE ${out})
endfunction()
