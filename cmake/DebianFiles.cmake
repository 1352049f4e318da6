# Run by cpack on what is installed for the package: the files that Debian's policy (12.1, 12.5,
# 12.7) wants otherwise than `cmake --install` lays them. With SOURCE_DATE_EPOCH the same sources make the same package.
set(share ${CPACK_TEMPORARY_DIRECTORY}/usr/share)
set(doc ${share}/doc/${CPACK_PACKAGE_NAME})

file(GLOB completions ${share}/zsh/site-functions/*)
file(COPY ${completions} DESTINATION ${share}/zsh/vendor-completions)
file(REMOVE_RECURSE ${share}/zsh/site-functions)

file(GLOB installed_doc ${share}/doc/relayctl)
file(RENAME ${installed_doc} ${doc})
file(READ ${doc}/LICENSE license)
string(REGEX REPLACE "^MIT License\n\nCopyright \\(c\\) ([^\n]*)\n\n" "" license "${license}")
set(holders "${CMAKE_MATCH_1}")
string(REGEX REPLACE "\n\n" "\n.\n" license "${license}")
string(REGEX REPLACE "\n([^\n])" "\n \\1" license "${license}")
string(STRIP "${license}" license)
file(WRITE ${doc}/copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: relayctl

Files: *
Copyright: ${holders}
License: Expat

License: Expat
 ${license}
")
file(REMOVE ${doc}/LICENSE)

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${doc}/changelog "${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What is new is told in CHANGELOG.md.gz.

 -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${date}
")
file(GLOB manuals ${share}/man/man?/*)
execute_process(
  COMMAND gzip -9n ${doc}/changelog ${doc}/CHANGELOG.md ${manuals}
  COMMAND_ERROR_IS_FATAL ANY)
