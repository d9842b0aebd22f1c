/** What is known of a file system: whether other hosts see it too. */
export interface FileSystemKind {
  readonly name: string;
  readonly isShared: boolean;
}

/** By the magic numbers of statfs(2). */
const kinds: ReadonlyMap<number, FileSystemKind> = new Map([
  [0xef53, { name: 'ext4', isShared: false }],
  [0x58465342, { name: 'XFS', isShared: false }],
  [0x9123683e, { name: 'Btrfs', isShared: false }],
  [0x01021994, { name: 'tmpfs', isShared: false }],
  [0x794c7630, { name: 'overlay', isShared: false }],
  [0x2fc12fc1, { name: 'ZFS', isShared: false }],
  [0xf2f52010, { name: 'F2FS', isShared: false }],
  [0x6969, { name: 'NFS', isShared: true }],
  [0x0bd00bd0, { name: 'Lustre', isShared: true }],
  [0x47504653, { name: 'GPFS', isShared: true }],
  [0x19830326, { name: 'BeeGFS', isShared: true }],
  [0x00c36400, { name: 'CephFS', isShared: true }],
  [0x65735546, { name: 'FUSE', isShared: true }],
  [0xff534d42, { name: 'CIFS', isShared: true }],
  [0xfe534d42, { name: 'SMB', isShared: true }],
  [0x5346414f, { name: 'AFS', isShared: true }],
]);

/** Null for a number that is not in the list. */
export function fileSystemKind(magic: number): FileSystemKind | null {
  return kinds.get(magic) ?? null;
}
