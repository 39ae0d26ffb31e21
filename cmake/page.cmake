# The page: web/build makes it once for all build trees, in build/page; each tree copies what changed.
file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/src/* ${PROJECT_SOURCE_DIR}/web/public/*)
list(FILTER page_sources EXCLUDE REGEX "/(schema\\.d\\.ts|inter\\.woff2)$")  # web/build makes these.
set(page_shared ${PROJECT_SOURCE_DIR}/build/page)
set(page_generated ${PROJECT_BINARY_DIR}/generated/page)
file(MAKE_DIRECTORY ${page_generated})
add_custom_command(
  OUTPUT ${page_generated}/.stamp
  BYPRODUCTS ${page_generated}/page_files.inc ${page_generated}/page_files.bin
  COMMAND ${PROJECT_SOURCE_DIR}/web/build ${page_shared}
  COMMAND ${CMAKE_COMMAND} -E copy_if_different ${page_shared}/page_files.bin ${page_shared}/page_files.inc ${page_generated}
  COMMAND ${CMAKE_COMMAND} -E touch ${page_generated}/.stamp
  DEPENDS ${page_sources} ${PROJECT_SOURCE_DIR}/web/build ${PROJECT_SOURCE_DIR}/web/embed.mjs ${PROJECT_SOURCE_DIR}/web/font.mjs
    ${PROJECT_SOURCE_DIR}/web/index.html ${PROJECT_SOURCE_DIR}/web/package.json
    ${PROJECT_SOURCE_DIR}/web/package-lock.json ${PROJECT_SOURCE_DIR}/web/vite.config.ts
    ${PROJECT_SOURCE_DIR}/web/tsconfig.json ${PROJECT_SOURCE_DIR}/src/api/openapi.json
  COMMENT "The page"
  VERBATIM)
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/page/page_files.cpp PROPERTIES
  OBJECT_DEPENDS "${page_generated}/.stamp;${page_generated}/page_files.inc;${page_generated}/page_files.bin"
  COMPILE_DEFINITIONS "POSTHORN_PAGE_BYTES=\"${page_generated}/page_files.bin\"")

# The page's own tests: types, and the logic by vitest. The target is for `./test --only unit/web`.
if(POSTHORN_TESTS)
  add_custom_target(web_test)
  add_test(NAME unit/web COMMAND ${PROJECT_SOURCE_DIR}/web/check)
endif()
