# cmake -DWEB=folder -DNPM=npm -P npm_ci.cmake: installs the dashboard's build tools into
# folder/node_modules unless they are there. Every build folder and ./dev ask for it; the stamp lies
# beside what it vouches for, so that one install serves all of them and needs no network twice.
set(stamp ${WEB}/node_modules/.installed)
if(EXISTS ${stamp} AND NOT ${WEB}/package.json IS_NEWER_THAN ${stamp} AND NOT ${WEB}/package-lock.json IS_NEWER_THAN ${stamp})
  return()
endif()
message("Installing the dashboard's build tools with npm ci, as pinned in web/package-lock.json")
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
  WORKING_DIRECTORY ${WEB} RESULT_VARIABLE result OUTPUT_QUIET)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "npm ci failed. -DVITRINE_WEB=OFF (with ./dev: VITRINE_WEB=OFF) leaves the dashboard out.")
endif()
file(TOUCH ${stamp})
