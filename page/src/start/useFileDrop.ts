// Hook for files and folders that are dropped or chosen: a folder of pictures is packed to an archive first.
import { useState } from "preact/hooks";
import { formatCount } from "../shell/format";
import { findFolders, listChosen, listDropped, packFiles, type FolderFile } from "./packFolders";

export interface FileDrop {
  /** How far the packing is, or why there is nothing to pack; empty otherwise. */
  notice: string;
  takeDropped: (transfer: DataTransfer | null) => void;
  takeFolder: (files: Iterable<File>) => void;
}

export function useFileDrop(onFile: (file: File) => void): FileDrop {
  const [notice, setNotice] = useState("");
  const pack = async (files: Promise<FolderFile[]> | FolderFile[]): Promise<void> => {
    setNotice("Packing the pictures …");
    try {
      const archive = await packFiles(await files, (packed, count) => setNotice(`Packing the pictures: ${formatCount(packed)} of ${formatCount(count)} …`));
      setNotice("");
      onFile(archive);
    } catch (error) {
      setNotice(error instanceof Error ? error.message : "The folder cannot be read.");
    }
  };
  const takeDropped = (transfer: DataTransfer | null): void => {
    const folders = findFolders(transfer);
    const file = transfer?.files[0];
    if (folders.length > 0) void pack(listDropped(folders));
    else if (file) onFile(file);
  };
  return { notice, takeDropped, takeFolder: (files) => void pack(listChosen(files)) };
}
