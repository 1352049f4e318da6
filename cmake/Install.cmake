# What `cmake --install` puts where, by GNUInstallDirs; and the Debian package: cpack -G DEB.
install(TARGETS relayctl RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(FILES docs/relayctl.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES completions/relayctl.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME relayctl)
install(FILES completions/relayctl.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# Debian's zsh looks in vendor-completions, all others look in site-functions.
set(RELAYCTL_ZSH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
  CACHE STRING "Where zsh finds completions, below the prefix")
install(FILES completions/_relayctl DESTINATION ${RELAYCTL_ZSH_COMPLETIONS})
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/architecture.md docs/faults.md docs/fleet.md docs/judging.md docs/performance.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/schema DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} USE_SOURCE_PERMISSIONS)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME postfix-relayctl)
set(CPACK_PACKAGE_VENDOR "The relayctl authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
  "administer who may relay through Postfix by TLS client certificate")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The relayctl authors <relayctl@packages.debian.org>"
  CACHE STRING "Of the Debian package")
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# libpq is loaded when a pgsql: table is asked: postfix-pgsql brings it. So is libarchive when a
# compressed log is read.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS postfix)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postfix-lmdb, postfix-cdb, postfix-pgsql, libarchive13 | libarchive13t64")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Computes the fingerprints of TLS client certificates, adds, removes and lists
entries of the table that relay_clientcerts names, and makes its map anew:
whole or not at all, and without a reload.  It also says why a client may
relay or not, and finds what is wrong with the table, its map, and how
Postfix uses them.")
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/DebianFiles.cmake)
include(CPack)
