# Flags that every target of ours shares, and vitrine_library(), vitrine_program().
include(CheckCCompilerFlag)
include(CheckPIESupported)

set(VITRINE_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Walloca
  -Wformat=2 -Wwrite-strings -Wcast-qual -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
  -Wframe-larger-than=8192 # a worker's stack is 1 MiB, and 64 levels of something must fit
  -Werror)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND VITRINE_WARNINGS -Wlogical-op -Wduplicated-cond)
endif()

# For everything that ends up in a binary of ours, civetweb's source included.
set(VITRINE_FLAGS -fno-strict-aliasing -fno-common)
set(VITRINE_LINK_FLAGS "")
if(VITRINE_SANITIZE)
  # Lines are what a report says; more to debug with takes a third longer to compile and to link.
  list(APPEND VITRINE_FLAGS -fsanitize=${VITRINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g1)
  # Without -O1 the checks take most of the suite's time; clang's puts frames together that are too large then. gcc's guesses
  # about flow are wrong between checks: of those the release build is the judge, which has the same warnings.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND VITRINE_FLAGS -O1)
    list(APPEND VITRINE_WARNINGS -Wno-maybe-uninitialized -Wno-format-truncation -Wno-format-overflow)
  endif()
  list(APPEND VITRINE_LINK_FLAGS -fsanitize=${VITRINE_SANITIZE})
  find_program(MOLD mold)
  if(MOLD) # hundreds of tests are linked, each with most of the program
    list(APPEND VITRINE_LINK_FLAGS -fuse-ld=mold)
  endif()
  if(VITRINE_SANITIZE MATCHES "undefined" AND CMAKE_C_COMPILER_ID MATCHES "Clang")
    # It takes NULL + 0, which every absent slice does, for an overflow. gcc's does not and stays on.
    list(APPEND VITRINE_FLAGS -fno-sanitize=pointer-overflow)
  endif()
endif()
if(VITRINE_FUZZ)
  list(APPEND VITRINE_FLAGS -fsanitize=fuzzer-no-link)
endif()
check_pie_supported(LANGUAGES C)
if(NOT VITRINE_SANITIZE) # relocations of every check are a third of such a program
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()

option(VITRINE_HARDEN "Mitigations of the release build (fortify, stack protector, CET, RELRO)" OFF)
if(VITRINE_HARDEN)
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero)
    string(MAKE_C_IDENTIFIER "HAVE${flag}" have)
    check_c_compiler_flag("-Werror ${flag}" ${have})
    if(${have})
      list(APPEND VITRINE_FLAGS ${flag})
    endif()
  endforeach()
  list(APPEND VITRINE_FLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  list(APPEND VITRINE_LINK_FLAGS -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

function(vitrine_target name)
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE "$<$<COMPILE_LANGUAGE:C>:${VITRINE_WARNINGS}>")
  target_compile_options(${name} PUBLIC ${VITRINE_FLAGS})
  target_compile_definitions(${name} PUBLIC _GNU_SOURCE)
  target_link_options(${name} PUBLIC ${VITRINE_LINK_FLAGS})
  target_link_libraries(${name} PUBLIC ${ARGN})
endfunction()

# vitrine_library(name lower…): a static library from all .c files of the calling folder except
# main.c; warnings are errors in it.
function(vitrine_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.c)
  if(NOT sources) # a folder that holds only headers so far
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
    file(CONFIGURE OUTPUT ${sources} CONTENT "extern int ${name};\n")
  endif()
  add_library(${name} STATIC ${sources})
  vitrine_target(${name} ${ARGN})
endfunction()

# vitrine_program(name lower…): the calling folder's main.c as build/PRESET/name. In an optimised
# build the debug information moves to name.debug beside it, where gdb finds it by the link that
# stays in the binary: what is shipped is small and a crash can still be read.
function(vitrine_program name)
  add_executable(${name} main.c)
  vitrine_target(${name} ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # Code is made at link time then, so this is where frames are measured.
    target_link_options(${name} PRIVATE -Wframe-larger-than=8192 -Werror)
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT VITRINE_SANITIZE)
    add_custom_command(TARGET ${name} POST_BUILD VERBATIM WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
      COMMAND ${CMAKE_OBJCOPY} --only-keep-debug ${name} ${name}.debug
      COMMAND ${CMAKE_STRIP} --strip-unneeded ${name}
      COMMAND ${CMAKE_OBJCOPY} --add-gnu-debuglink=${name}.debug ${name})
  endif()
endfunction()
