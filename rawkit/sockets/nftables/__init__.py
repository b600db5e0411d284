"""The kernel's packet filter, told over netlink what to do, without the program nft (linux/netfilter/nf_tables.h)."""
