# The target `civetweb`: our unit around its source (docs/decisions/0001, 0004). The packaged library will
# not do: it dies of its first TLS connection, and the unit needs what only the source has.
set(VITRINE_CIVETWEB_SOURCE "" CACHE PATH
  "Source tree of civetweb; empty: build/deps/civetweb, where ./dev deps puts the distribution's")

set(source "${VITRINE_CIVETWEB_SOURCE}")
if("${source}" STREQUAL "")
  set(source ${CMAKE_SOURCE_DIR}/build/deps/civetweb)
endif()
if(NOT EXISTS ${source}/src/civetweb.c)
  message(FATAL_ERROR "There is no src/civetweb.c in ${source}. Run ./dev deps, which fetches the distribution's source "
    "package of civetweb, or set VITRINE_CIVETWEB_SOURCE to a source tree.")
endif()

# The name of the OpenSSL 3 interface is known since 1.15; older sources speak to it as to 1.1.
file(STRINGS ${source}/src/civetweb.c known REGEX "OPENSSL_API_3_0" LIMIT_COUNT 1)
if(known AND OPENSSL_VERSION VERSION_GREATER_EQUAL 3)
  set(openssl_api OPENSSL_API_3_0)
else()
  set(openssl_api OPENSSL_API_1_1)
endif()

# civetweb.c with three of its decisions taken over (docs/decisions/0004-head-of-a-request.md).
add_library(civetweb STATIC ${CMAKE_SOURCE_DIR}/server/civet_unit.c)
target_include_directories(civetweb SYSTEM PUBLIC ${source}/include)
target_include_directories(civetweb PRIVATE ${source}/src ${CMAKE_SOURCE_DIR})
target_compile_definitions(civetweb PRIVATE
  NO_FILES NO_CGI NO_POPEN
  NO_SSL_DL ${openssl_api}
  USE_IPV6 USE_X_DOM_SOCKET
  USE_STACK_SIZE=1048576 SOCKET_TIMEOUT_QUANTUM=200 NDEBUG)
# Optimised in every build. Its undefined behaviour is not ours to stop at; its memory errors are.
target_compile_options(civetweb PRIVATE ${VITRINE_FLAGS} -O2 -w)
if(VITRINE_SANITIZE MATCHES "undefined")
  target_compile_options(civetweb PRIVATE -fno-sanitize=undefined)
endif()
target_link_options(civetweb PUBLIC ${VITRINE_LINK_FLAGS})
target_link_libraries(civetweb PUBLIC PkgConfig::OPENSSL Threads::Threads)
# Not part of link-time optimisation, where our limit on frames would judge it too.
set_target_properties(civetweb PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
message(STATUS "civetweb: from source in ${source} (${openssl_api})")
