# The target `civetweb`: from its source when there is one, else the distribution's library.
# docs/decisions/0001-civetweb-from-source.md says why.
set(VITRINE_CIVETWEB_SOURCE "" CACHE STRING
  "Source tree of civetweb; empty: build/deps/civetweb when ./dev deps has put it there; OFF: the packaged library")

set(source "${VITRINE_CIVETWEB_SOURCE}")
if("${source}" STREQUAL "" AND EXISTS ${CMAKE_SOURCE_DIR}/build/deps/civetweb/src/civetweb.c)
  set(source ${CMAKE_SOURCE_DIR}/build/deps/civetweb)
endif()

if(source)
  if(NOT EXISTS ${source}/src/civetweb.c)
    message(FATAL_ERROR "VITRINE_CIVETWEB_SOURCE is ${source}, but there is no src/civetweb.c in it.")
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
else()
  find_path(CIVETWEB_INCLUDE civetweb.h)
  find_library(CIVETWEB_LIBRARY civetweb)
  if(CIVETWEB_INCLUDE AND CIVETWEB_LIBRARY)
    add_library(civetweb INTERFACE)
    target_include_directories(civetweb SYSTEM INTERFACE ${CIVETWEB_INCLUDE})
    # The server refuses TLS when this is defined: the packaged library dies of its first connection.
    target_compile_definitions(civetweb INTERFACE VITRINE_CIVETWEB_PACKAGED)
    target_link_libraries(civetweb INTERFACE ${CIVETWEB_LIBRARY})
    message(WARNING "civetweb: the packaged library ${CIVETWEB_LIBRARY}: plain HTTP only, no IPv6, no Unix sockets. "
      "Run ./dev deps or set VITRINE_CIVETWEB_SOURCE.")
  else()
    message(FATAL_ERROR "There is no civetweb. Run ./dev deps, which fetches the distribution's source package into "
      "build/deps/civetweb, or set VITRINE_CIVETWEB_SOURCE to a source tree.")
  endif()
endif()
