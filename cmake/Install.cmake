# What `cmake --install` puts where, by GNUInstallDirs. debian/ and packaging/ make packages of it.
install(TARGETS relayctl RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
foreach(section 5 7 8)
  file(GLOB pages CONFIGURE_DEPENDS docs/*.${section})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
install(FILES completions/relayctl.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME relayctl)
install(FILES completions/relayctl.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# Debian's zsh looks in vendor-completions, all others look in site-functions.
set(RELAYCTL_ZSH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
  CACHE STRING "Where zsh finds completions, below the prefix")
install(FILES completions/_relayctl DESTINATION ${RELAYCTL_ZSH_COMPLETIONS})
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(GLOB pages CONFIGURE_DEPENDS docs/*.md)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/schema DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} USE_SOURCE_PERMISSIONS)
