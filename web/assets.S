/* The bodies of all files of the dashboard, back to back; assets.inc says what lies where. */
    .section .rodata
    .balign 16
    .globl web_assets_bin
    .type web_assets_bin, %object
web_assets_bin:
    .incbin "assets.bin"
    .size web_assets_bin, . - web_assets_bin
    .section .note.GNU-stack, "", %progbits
