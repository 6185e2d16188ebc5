# Flags that every target of ours shares. vitrine_library(NAME dir-private-or-public deps…) below.
set(VITRINE_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Wformat=2 -Wwrite-strings -Wcast-qual -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
  -Werror)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND VITRINE_WARNINGS -Wlogical-op -Wduplicated-cond)
endif()

set(VITRINE_FLAGS -fno-strict-aliasing -fno-common)
set(VITRINE_LINK_FLAGS "")
if(VITRINE_SANITIZE)
  list(APPEND VITRINE_FLAGS -fsanitize=${VITRINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  list(APPEND VITRINE_LINK_FLAGS -fsanitize=${VITRINE_SANITIZE})
endif()
if(VITRINE_FUZZ)
  list(APPEND VITRINE_FLAGS -fsanitize=fuzzer-no-link)
endif()

# A static library from all .c files of the calling folder; warnings are errors in it.
function(vitrine_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  if(NOT sources) # a folder that holds only headers so far
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
    file(CONFIGURE OUTPUT ${sources} CONTENT "extern int ${name};\n")
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE "$<$<COMPILE_LANGUAGE:C>:${VITRINE_WARNINGS}>")
  target_compile_options(${name} PUBLIC ${VITRINE_FLAGS})
  target_compile_definitions(${name} PUBLIC _GNU_SOURCE)
  target_link_options(${name} PUBLIC ${VITRINE_LINK_FLAGS})
  target_link_libraries(${name} PUBLIC ${ARGN})
endfunction()
